import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { CommandError, UsageError } from '../failures';
import { readManifest } from './read-manifest';

/** What is read of a Kubernetes object. Nothing here has to be there: the files may come from anywhere. */
export interface Manifest {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly items?: readonly Manifest[];
  readonly spec?: PodSpec & WorkloadSpec & ServiceSpec & NetworkPolicySpec;
}

export interface WorkloadSpec {
  readonly parallelism?: number;
  readonly replicas?: number;
  readonly completions?: number;
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly suspend?: boolean;
  readonly template?: { readonly metadata?: Manifest['metadata']; readonly spec?: PodSpec };
  readonly podFailurePolicy?: { readonly rules?: readonly FailureRule[] };
  readonly volumeClaimTemplates?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  }[];
}

export interface FailureRule {
  readonly action?: string;
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator?: string;
    readonly values?: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type?: string }[];
}

export interface PodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly restartPolicy?: string;
}

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name?: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly volumeMounts?: readonly { readonly name?: string }[];
}

export interface Volume {
  readonly name?: string;
  readonly emptyDir?: object;
  readonly persistentVolumeClaim?: object;
  readonly hostPath?: object;
  readonly projected?: { readonly sources?: readonly { readonly configMap?: { readonly name?: string } }[] };
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port?: number }[];
}

interface NetworkPolicySpec {
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly policyTypes?: readonly string[];
}

/**
 * All objects in the given YAML files, in folders of them, or on standard input (`-`).
 *
 * @throws UsageError there is no such file
 * @throws CommandError a file is not YAML; the message names file and line
 */
export async function readManifests(given: readonly string[]): Promise<Manifest[]> {
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const objects: Manifest[] = [];
  for (const file of given.flatMap(filesOf)) {
    const name = file === '-' ? 'standard input' : file;
    const lineCounter = new LineCounter();
    const documents = parseAllDocuments(file === '-' ? await readAll(process.stdin) : readFileSync(file, 'utf8'), {
      lineCounter,
      prettyErrors: false,
    });
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const [error] = document.errors;
      if (error)
        throw new CommandError(`${name}:${lineCounter.linePos(error.pos[0]).line} is not YAML: ${error.message}`);
      const object = readManifest(document.toJS());
      if (object) objects.push(...(object.kind === 'List' ? (object.items ?? []) : [object]));
    }
  }
  return objects;
}

function filesOf(given: string): string[] {
  if (given === '-') return [given];
  const found = statSync(given, { throwIfNoEntry: false });
  if (!found)
    throw new UsageError(`There is no file ${given}. Give the files that \`cdk8s synth\` writes, such as dist/*.yaml.`);
  if (!found.isDirectory()) return [given];
  const files = readdirSync(given)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (files.length === 0) throw new UsageError(`There is no YAML file in the folder ${given}.`);
  return files.map((name) => join(given, name));
}
