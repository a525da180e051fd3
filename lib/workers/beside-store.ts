import type { QueueFiller } from '../fill';
import { checkPodLabels, refuseIds } from '../pod';
import { type At, mountPoint, refuseTakenPath } from '../props';
import { checkNamespace, connectionMounts } from '../store';
import type { WorkerProps } from './worker-props';
import { podIds } from './worker-template';

/** Refuses what does not go together with the store that was given. */
export function checkBesideStore(props: WorkerProps & { readonly filler?: QueueFiller }, at: At) {
  const { redis, filler } = props;
  checkPodLabels(props.podLabels, redis, at.prop('podLabels'));
  const ofNamespace = redis ? podIds(props, redis) === undefined : props.idsFromNamespace;
  if (ofNamespace) {
    refuseIds(props, at);
    if (filler) refuseIds(filler, at.prop('filler'));
  }
  if (!redis) return;
  checkNamespace(redis, at.prop('redis'));
  for (const [program, here] of [[props, at] as const, [filler, at.prop('filler')] as const]) {
    const taken = new Map(
      connectionMounts(redis).map(({ mountPath }) => [
        mountPoint(String(mountPath)),
        'the `certificateAuthorities` of the store',
      ]),
    );
    program?.volumeMounts?.forEach(({ mountPath }, index) => {
      refuseTakenPath(mountPath, taken, here.prop('volumeMounts').element(index));
    });
  }
}
