import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import type { Scenario } from './scenarios';

/** What `cdk8s synth` wrote, to be applied as it is. */
export interface Manifests {
  /** All of it, as `kubectl apply -f dist/` would take it. */
  readonly all: string;
  /** The same without the Jobs. */
  readonly withoutJobs: string;
  /** Jobs whose pods work through a queue, with the queue. */
  readonly workers: ReadonlyMap<string, string>;
  readonly fills: readonly string[];
  readonly images: ReadonlySet<string>;
}

interface Read {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly template?: { readonly spec: PodSpec } } & Partial<PodSpec>;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/**
 * Runs `cdk8s synth` for a scenario.
 *
 * @param root the repository
 * @param folder what is written goes in here
 * @param replaced by an image of the manifests, the one to run instead
 */
export async function synthesize(
  root: string,
  scenario: Pick<Scenario, 'folder' | 'env'>,
  folder: string,
  replaced: ReadonlyMap<string, string>,
  stop?: AbortSignal,
): Promise<Manifests> {
  const all = join(folder, 'all');
  try {
    await promisify(execFile)(
      process.execPath,
      [join(root, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth', '--check-upgrade=false', '--output', all],
      { cwd: join(root, scenario.folder), env: { ...process.env, ...scenario.env }, signal: stop },
    );
  } catch (error) {
    if (stop?.aborted) throw stop.reason;
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`cdk8s synth failed in ${scenario.folder}: ${stderr?.trim() || message}`);
  }

  const withoutJobs = join(folder, 'without-jobs');
  mkdirSync(withoutJobs);
  const workers = new Map<string, string>();
  const fills: string[] = [];
  const images = new Set<string>();
  for (const file of readdirSync(all).filter((each) => /\.ya?ml$/.test(each))) {
    const text = withImages(readFileSync(join(all, file), 'utf8'), replaced);
    writeFileSync(join(all, file), text);
    const others: string[] = [];
    for (const document of documentsOf(text)) {
      const { kind, metadata, spec } = parseDocument(document, { uniqueKeys: false }).toJS() as Read;
      if (kind !== 'Job') others.push(document);
      const pod = spec?.template?.spec ?? (spec?.containers && (spec as PodSpec));
      const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
      for (const { image } of containers) images.add(image);
      if (kind !== 'Job') continue;
      if (metadata.labels?.['app.kubernetes.io/component'] === 'fill') fills.push(metadata.name);
      else {
        const worker = containers.find(({ name }) => name === 'worker');
        workers.set(metadata.name, worker?.env?.find(({ name }) => name === 'WORK_QUEUE_NAME')?.value ?? '');
      }
    }
    writeFileSync(join(withoutJobs, file), others.join('---\n'));
  }
  return { all, withoutJobs, workers, fills, images };
}

/** Text that is indented cannot be a separator, so this is all there is to it. */
function documentsOf(text: string): string[] {
  return text.split(/^---\n/m).filter((document) => document.trim() !== '');
}

/** The text stays what cdk8s wrote, but for the images. */
function withImages(text: string, replaced: ReadonlyMap<string, string>): string {
  return text.replace(/^(\s*(?:- )?image: )"?([^"\s]+)"?$/gm, (line, key: string, image: string) => {
    const other = replaced.get(image);
    return other === undefined ? line : `${key}${JSON.stringify(other)}`;
  });
}
