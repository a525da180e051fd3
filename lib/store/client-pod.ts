import type { Labels, Manifest } from '../kubernetes';

/** What a client of a store needs to have. */
export interface ClientNeeds {
  readonly labels: Labels;
  readonly variables: readonly Manifest[];
  readonly volumes: readonly Manifest[];
  readonly mounts: readonly Manifest[];
}

/** A container of a pod that a user has made, as far as a connection concerns it. */
export interface ClientContainer {
  readonly name: string;
  readonly isInit: boolean;
  /** The variable of this name, as a manifest has it. */
  variable(name: string): Manifest | undefined;
  /** The name of the volume that is mounted there. */
  volumeAt(path: string): string | undefined;
}

/** A pod that a user has made, as far as a connection concerns it. */
export interface ClientPod {
  /** Its containers, init containers behind the others. */
  readonly containers: readonly ClientContainer[];
  /** Whether it gets the variables of Services, where it says so. */
  readonly serviceLinks: boolean | undefined;
  /** Its namespace, where it says so. */
  readonly namespace: string | undefined;
  label(key: string): string | undefined;
  /** The volume of this name, as a manifest has it. */
  volume(name: string): Manifest | undefined;
  /** Adds what is missing, to these of its containers. */
  give(needs: ClientNeeds, containers: readonly string[]): void;
}
