import type { Size } from 'cdk8s';

/** A share of processors. A Cpu of any version of cdk8s-plus serves as well. */
export class Cpu {
  /**
   * Thousandths of a processor.
   *
   * @example Cpu.millis(500)
   */
  public static millis(amount: number): Cpu {
    return new Cpu(`${amount}m`);
  }

  /**
   * Whole processors.
   *
   * @example Cpu.units(2)
   */
  public static units(amount: number): Cpu {
    return new Cpu(`${amount}`);
  }

  private constructor(
    /** As Kubernetes writes it: `500m`, `2`. */
    public readonly amount: string,
  ) {}
}

/** Request and limit of processors. */
export interface CpuResources {
  /**
   * What a node must have free.
   *
   * @default - none
   * @example request: Cpu.millis(500)
   */
  readonly request?: Cpu;
  /**
   * What the container cannot exceed.
   *
   * @default - none
   * @example limit: Cpu.units(2)
   */
  readonly limit?: Cpu;
}

/** Request and limit of memory, or of storage on the node. */
export interface SizeResources {
  /**
   * What a node must have free.
   *
   * @default - the limit
   * @example request: Size.mebibytes(256)
   */
  readonly request?: Size;
  /**
   * What the container is ended for when it exceeds it.
   *
   * @default - none
   * @example limit: Size.gibibytes(1)
   */
  readonly limit?: Size;
}

/** Requests and limits of a container. */
export interface ContainerResources {
  /**
   * Processors.
   *
   * @default - a request of 100m
   * @example cpu: { request: Cpu.units(1) }
   */
  readonly cpu?: CpuResources;
  /**
   * Memory.
   *
   * @default - a request of 128Mi
   * @example memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) }
   */
  readonly memory?: SizeResources;
  /**
   * Storage on the node: logs, empty directories, and what is written to the image's file system.
   *
   * @default - none
   * @example ephemeralStorage: { limit: Size.gibibytes(2) }
   */
  readonly ephemeralStorage?: SizeResources;
  /**
   * Devices and other resources that plugins of the nodes offer, by their names: whole numbers. Request and limit are the
   * same, as Kubernetes wants it.
   *
   * @default - none
   * @example extended: { 'nvidia.com/gpu': 1 }
   */
  readonly extended?: { readonly [name: string]: number };
}
