import * as kplus from 'cdk8s-plus-27';
import type { Manifest } from './manifest';

/** What Kubernetes gets of a volume of cdk8s-plus. */
export function volumeManifest(volume: kplus.Volume): Manifest {
  return kplus.k8s.toJson_Volume(volume._toKube()) as Manifest;
}
