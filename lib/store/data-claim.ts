import { Size } from 'cdk8s';
import { inMebibytes, type Manifest, memoryQuantity } from '../kubernetes';
import { DEFAULT_MEMORY } from './redis-server';

/** What says how large the volume of a store is. */
export interface DataClaimProps {
  readonly memory?: Size;
  readonly storage?: Size;
  readonly storageClassName?: string;
}

/** The claim of the volume `data` in a StatefulSet. */
export function dataClaim({
  memory = DEFAULT_MEMORY,
  storage = storageFor(memory),
  storageClassName,
}: DataClaimProps): Manifest {
  return {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      resources: { requests: { storage: memoryQuantity(storage) } },
    },
  };
}

function storageFor(memory: Size): Size {
  return Size.mebibytes(Math.max(1024, 2 * inMebibytes(memory)));
}
