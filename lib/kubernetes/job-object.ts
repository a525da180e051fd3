import { createHash } from 'node:crypto';
import { ApiObject, type JsonPatch, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { jobHash } from './job-hash';
import { fixedByKueue, type KueueProps, queueInKueue } from './kueue';
import type { Labels } from './labels';
import type { Manifest } from './manifest';

/** What is added to a name that nobody has given: a hyphen and a hash. */
const HASH_LENGTH = '-0123abcd'.length;

/** By these, Argo CD and Flux replace a Job where Kubernetes refuses to change it. */
export const REPLACEABLE = {
  'argocd.argoproj.io/sync-options': 'Force=true,Replace=true',
  'kustomize.toolkit.fluxcd.io/force': 'enabled',
};

/** How a Job is named. */
export interface JobNaming {
  /** The name, or what stands before the hash. Left out, it is the chart's. */
  readonly name?: string;
  /** Whether a hash of what Kubernetes does not let change is added. Without it, the Job asks to be replaced. */
  readonly hashed: boolean;
  /** The longest of what is named after the Job, as it is added to the name. */
  readonly suffix?: string;
}

/** What a Job consists of. */
export interface JobDefinition {
  readonly labels: Labels;
  /** @default - none but those by which it is replaced */
  readonly annotations?: Labels;
  readonly spec: Manifest;
  /** The queue of Kueue that it waits in. @default - none */
  readonly kueue?: KueueProps;
}

/**
 * A Job. Kubernetes refuses to change the pods of one that is there, so a name that nobody has given ends in a hash of them:
 * the same content has the same name, and other content is another Job. The hash covers patches.
 */
export class JobObject extends ApiObject {
  /** The name without the hash. */
  public readonly baseName: string;
  private readonly hashed: boolean;
  private spec: Manifest | undefined;
  private hashedName: string | undefined;

  constructor(scope: Construct, id: string, { name, hashed, suffix = '' }: JobNaming) {
    super(scope, id, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      // An undefined name would replace that of the chart.
      metadata: { ...(name !== undefined && { name }), ...(!hashed && { annotations: REPLACEABLE }) },
      spec: Lazy.any({ produce: () => this.spec }),
    });
    this.hashed = hashed;
    this.baseName = hashed ? shortened(this.name, 63 - suffix.length - HASH_LENGTH) : this.name;
    const get = () => this.currentName();
    for (const named of [this, this.metadata]) Object.defineProperty(named, 'name', { get, enumerable: true });
  }

  /** Says what it consists of. */
  public define({ labels, annotations = {}, spec, kueue }: JobDefinition): void {
    this.spec = spec;
    for (const [key, value] of Object.entries(labels)) this.metadata.addLabel(key, value);
    for (const [key, value] of Object.entries(annotations)) this.metadata.addAnnotation(key, value);
    if (kueue) queueInKueue(this, kueue, spec);
  }

  public override addJsonPatch(...patches: JsonPatch[]): void {
    super.addJsonPatch(...patches);
    this.hashedName = undefined;
  }

  private currentName(): string {
    if (!this.hashed || !this.spec) return this.baseName;
    if (this.hashedName === undefined) {
      // To render it takes a name.
      this.hashedName = this.baseName;
      const { metadata, spec = {} } = this.toJson();
      this.hashedName = `${this.baseName}-${jobHash(spec, fixedByKueue(metadata))}`;
    }
    return this.hashedName;
  }
}

/** A name made from a long path keeps a hash of what is cut off. */
function shortened(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const hash = createHash('sha256')
    .update(name)
    .digest('hex')
    .slice(0, HASH_LENGTH - 1);
  return `${name.slice(0, maxLength - HASH_LENGTH).replace(/-+$/, '')}-${hash}`;
}
