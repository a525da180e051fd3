import type { QueueFiller } from '../fill';
import type { PodProps } from '../kubernetes';
import { checkPodLabels, refuseIds } from '../pod';
import { type At, mountPoint, refuseTakenPath } from '../props';
import { checkNamespace, connectionMounts } from '../store';
import type { WorkerProps } from './worker-props';
import { podIds } from './worker-template';

/** The props of workers, and of what fills their queue. */
type FilledProps = WorkerProps & { readonly filler?: QueueFiller; readonly fillPod?: PodProps };

/** Refuses what does not go together with the store that was given. */
export function checkBesideStore(props: FilledProps, at: At) {
  const { redis, filler, fillPod } = props;
  checkPodLabels(props.podLabels, redis, at.prop('podLabels'));
  const ofNamespace = (idsFromNamespace = props.idsFromNamespace) =>
    redis ? podIds({ ...props, idsFromNamespace }, redis) === undefined : idsFromNamespace;
  if (ofNamespace()) refuseIds(props, at);
  if (filler && ofNamespace(fillPod?.idsFromNamespace)) refuseIds(filler, at.prop('filler'));
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
