import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { InvalidPropError } from '../invalid-prop';
import {
  BUNDLE_LABEL,
  descriptiveLabels,
  ENVELOPE_BYTES,
  jobHash,
  type Labels,
  MAX_OBJECT_BYTES,
  type Manifest,
} from '../kubernetes';
import { refuseOthersOfItsNames } from '../tree';
import type { Bundle } from './bundle';
import { LOADER } from './loader-file';
import { OWN_DIRECTORY } from './own-program';

/** The image that bundles run on, unless another one is asked for. */
export const DEFAULT_NODE_IMAGE = 'node:24-alpine';

/** Where the ConfigMaps are mounted. */
const PARTS_DIRECTORY = '/bundle';

/** Where the script is unpacked to, and works. */
const SCRIPT_DIRECTORY = '/worker';

const SCRATCH_DIRECTORY = '/tmp';

/** The volume of a program of this package. */
const OWN_VOLUME = 'work-queue';

/** Base64 makes four bytes of three. */
const PART_BYTES = 3 * Math.floor((MAX_OBJECT_BYTES - ENVELOPE_BYTES) / 4);

const MAX_PARTS = 8;

/** Props of `EntryBundle`. */
export interface EntryBundleProps {
  /** What the ConfigMaps are named after. */
  readonly name: string;
  /** The file, for messages. */
  readonly entry: string;
  /** The prop that names the file, for messages. */
  readonly prop: string;
  /** What describes the ConfigMaps. */
  readonly labels: Labels;
  /** What `bundle` made of the file. */
  readonly bundle: Bundle;
}

/** How a pod runs a bundle. */
export interface BundleRun {
  readonly command: string[];
  /** @default - that of the image */
  readonly workingDir?: string;
  readonly mounts: Manifest[];
  readonly volumes: Manifest[];
}

/**
 * A TypeScript file as a cluster gets it: bundled with the runtime, compressed, in ConfigMaps that a stock Node image
 * unpacks and runs. `RedisWorkQueueJob` makes it.
 *
 * Children: `Part0`, `Part1` and so on, the ConfigMaps.
 */
export class EntryBundle extends Construct {
  /**
   * Synthesized manifests without what follows from the code of an `entry`: contents and hash of each bundle, and the
   * hash in the generated name of a Job that runs one, are replaced by placeholders. Of the ConfigMaps that a bundle takes
   * only the first is left. A snapshot of the rest stays small, and changes only where the chart does.
   *
   * @example
   * expect(EntryBundle.redact(Testing.synth(chart))).toMatchSnapshot();
   */
  // biome-ignore lint/suspicious/noExplicitAny: as Testing.synth returns them
  public static redact(manifests: any[]): any[] {
    if (!Array.isArray(manifests)) {
      throw new Error('EntryBundle.redact takes manifests: EntryBundle.redact(Testing.synth(chart)).');
    }
    const parts = manifests.filter(isPart);
    const further = parts.filter(({ binaryData }) => !('part-0' in binaryData)).map(({ metadata }) => metadata.name);
    let text = JSON.stringify(
      manifests
        .filter((manifest) => !(parts.includes(manifest) && further.includes(manifest.metadata.name)))
        .map((manifest) => (parts.includes(manifest) ? redacted(manifest) : manifest)),
      (_, value) =>
        Array.isArray(value) ? value.filter((source) => !further.includes(source?.configMap?.name)) : value,
    );
    const hashes = [...new Set<string>(parts.map((part) => part.metadata.labels[BUNDLE_LABEL]))];
    for (const { metadata, spec } of manifests.filter(({ kind, spec }) => kind === 'Job' && spec)) {
      const end = `-${jobHash(spec)}`;
      if (!metadata.name.endsWith(end) || !hashes.some((hash) => JSON.stringify(spec).includes(hash))) continue;
      text = text.replaceAll(metadata.name, metadata.name.replace(end, '-<hash>'));
    }
    for (const hash of hashes) text = text.replaceAll(hash, '<hash>');
    return JSON.parse(text);
  }

  /** The ConfigMaps, in order. */
  public readonly parts: ApiObject[];
  /** Hash of the code. */
  public readonly hash: string;

  /** @internal */
  public static _make(scope: Construct, id: string, props: EntryBundleProps): EntryBundle {
    return new EntryBundle(scope, id, props);
  }

  private constructor(scope: Construct, id: string, props: EntryBundleProps) {
    if (!props?.bundle) {
      throw new Error(
        'An EntryBundle is made by RedisWorkQueueJob: give that an `entry`, and find it as its `bundle`.',
      );
    }
    super(scope, id);
    const { compressed, hash, largestInputs, loader } = props.bundle;
    this.hash = hash;
    // The loader lies in the first part.
    const first = PART_BYTES - 3 * Math.ceil(JSON.stringify(loader).length / 4);
    const count = 1 + Math.max(0, Math.ceil((compressed.length - first) / PART_BYTES));
    if (count > MAX_PARTS) {
      throw new InvalidPropError(
        scope,
        props.prop,
        props.entry,
        `Its bundle takes ${Math.ceil(compressed.length / 1000)} kB, compressed, and ${MAX_PARTS} ConfigMaps hold ` +
          `${Math.floor((first + (MAX_PARTS - 1) * PART_BYTES) / 1000)} kB. Its largest inputs: ${largestInputs}. ` +
          'Remove one of them, or build an image and use `image`.',
      );
    }
    const description = { ...props.labels, 'app.kubernetes.io/component': 'bundle', 'app.kubernetes.io/version': hash };
    const labels = { ...descriptiveLabels(this, description), [BUNDLE_LABEL]: hash };
    this.parts = Array.from({ length: count }, (_, index) => {
      const end = first + index * PART_BYTES;
      const part = compressed.subarray(Math.max(0, end - PART_BYTES), end);
      return new ApiObject(this, `Part${index}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        // The hash is in the name, so a pod never meets a part of other code.
        metadata: {
          name: `${props.name}-${hash}-${index}`,
          labels,
        },
        immutable: true,
        binaryData: { [`part-${index}`]: part.toString('base64') },
        data: index === 0 ? { [LOADER]: loader } : undefined,
      });
    });
    this.node.defaultChild = this.parts[0];
    refuseOthersOfItsNames(this);
  }

  /**
   * What describes the pods that run it.
   *
   * @internal
   */
  public get _podLabels(): Labels {
    return { 'app.kubernetes.io/version': this.hash };
  }

  /**
   * How a pod runs it, in whose container there are other mounts already.
   *
   * @param volume what its volumes are named after, where the pod runs another one
   * @internal
   */
  public _run(others: readonly Manifest[], volume = 'bundle'): BundleRun {
    const taken = others.map(({ mountPath }) => String(mountPath).replace(/\/+$/, ''));
    for (const path of [PARTS_DIRECTORY, SCRIPT_DIRECTORY]) {
      if (!taken.includes(path)) continue;
      throw new InvalidPropError(
        this,
        'a mountPath in volumeMounts',
        path,
        'With `entry`, the construct mounts its own there.',
      );
    }
    const scratch = !taken.includes(SCRATCH_DIRECTORY);
    return {
      command: ['node', '--enable-source-maps', `${PARTS_DIRECTORY}/${LOADER}`],
      workingDir: SCRIPT_DIRECTORY,
      mounts: [
        { name: volume, mountPath: PARTS_DIRECTORY, readOnly: true },
        { name: `${volume}-script`, mountPath: SCRIPT_DIRECTORY },
        ...(scratch ? [{ name: `${volume}-scratch`, mountPath: SCRATCH_DIRECTORY }] : []),
      ],
      volumes: [
        { name: volume, projected: { sources: this.parts.map(({ name }) => ({ configMap: { name } })) } },
        { name: `${volume}-script`, emptyDir: {} },
        ...(scratch ? [{ name: `${volume}-scratch`, emptyDir: {} }] : []),
      ],
    };
  }

  /**
   * How a pod runs a program of this package.
   *
   * @internal
   */
  public _runOwn(): BundleRun {
    return {
      command: ['node', `${OWN_DIRECTORY}/${LOADER}`],
      mounts: [{ name: OWN_VOLUME, mountPath: OWN_DIRECTORY, readOnly: true }],
      volumes: [{ name: OWN_VOLUME, projected: { sources: this.parts.map(({ name }) => ({ configMap: { name } })) } }],
    };
  }
}

function isPart(manifest: { kind?: string; binaryData?: object; metadata?: { labels?: Labels } }): boolean {
  return (
    manifest.kind === 'ConfigMap' && manifest.metadata?.labels?.[BUNDLE_LABEL] !== undefined && !!manifest.binaryData
  );
}

function redacted(part: { binaryData: object; data?: object }): object {
  const placeholders = (data: object) => Object.fromEntries(Object.keys(data).map((name) => [name, '<bundle>']));
  return { ...part, binaryData: placeholders(part.binaryData), ...(part.data && { data: placeholders(part.data) }) };
}
