import type { Size } from 'cdk8s';
import type { ContainerResources, Cpu } from './container-resources';
import type { Manifest } from './manifest';
import { cpuQuantity, inMebibytes, inMillis, memoryQuantity } from './quantity';

/**
 * Requests and limits as Kubernetes writes them.
 *
 * @param unset what holds for a resource that is not given
 */
export function renderResources(given: ContainerResources = {}, unset: ContainerResources = {}): Manifest {
  const { cpu, memory, ephemeralStorage, extended = {} } = { ...unset, ...given };
  const devices = Object.fromEntries(Object.entries(extended).map(([name, amount]) => [name, String(amount)]));
  const amounts = (name: 'request' | 'limit') => {
    const [cpus, bytes, disk] = [cpu?.[name], memory?.[name], ephemeralStorage?.[name]];
    const rendered = {
      cpu: cpus && cpuQuantity(cpus),
      memory: bytes && memoryQuantity(bytes),
      'ephemeral-storage': disk && memoryQuantity(disk),
      ...devices,
    };
    return Object.values(rendered).some((amount) => amount !== undefined) ? rendered : undefined;
  };
  return { requests: amounts('request'), limits: amounts('limit') };
}

/** Few requests, for a container that needs no more whatever its limits are. */
export interface LeastRequests {
  readonly cpu: Cpu;
  readonly memory: Size;
}

/** Requests that stay where only limits are given, unless a limit is below: to Kubernetes, a limit alone is a request too. */
export function withRequests(given: ContainerResources = {}, { cpu, memory }: LeastRequests): ContainerResources {
  const limits = { cpu: given.cpu?.limit, memory: given.memory?.limit };
  return {
    ...given,
    cpu: { request: limits.cpu && inMillis(limits.cpu) < inMillis(cpu) ? limits.cpu : cpu, ...given.cpu },
    memory: {
      request: limits.memory && inMebibytes(limits.memory) < inMebibytes(memory) ? limits.memory : memory,
      ...given.memory,
    },
  };
}
