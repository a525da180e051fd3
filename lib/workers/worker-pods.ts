import { Duration } from 'cdk8s';
import { evictionAnnotations, SPOT_PLATFORMS, type SpotNodes } from '../kubernetes';
import { checkProgram } from '../pod';
import type { At } from '../props';
import type { WorkerProps } from './worker-props';

/**
 * The props of the pods of workers: those that are for workers, fill and store alike, with what is for workers alone.
 */
export function workerPods<P extends WorkerProps>(props: P): P {
  const annotations = evictionAnnotations(props.evictable);
  return {
    ...props,
    ...(props.spot && onSpotNodes(props, props.spot)),
    ...(annotations && { podAnnotations: { ...props.podAnnotations, ...annotations } }),
  };
}

function onSpotNodes(props: WorkerProps, spot: SpotNodes): Partial<WorkerProps> {
  const { label, value, tainted, notice } = SPOT_PLATFORMS[spot];
  const toleration = { key: label, operator: 'Equal', value, effect: 'NoSchedule' };
  return {
    nodeSelector: { ...props.nodeSelector, [label]: value },
    tolerations: [...(props.tolerations ?? []), ...(tainted ? [toleration] : [])],
    terminationGracePeriod: props.terminationGracePeriod ?? Duration.seconds(notice),
  };
}

/** Refuses what contradicts itself: containers, labels of nodes, annotations of pods. */
export function checkWorkerPods(props: WorkerProps, at: At) {
  const { spot, evictable, nodeSelector, podAnnotations } = props;
  checkProgram(props, at);
  if (spot) {
    const { label, value } = SPOT_PLATFORMS[spot];
    const given = nodeSelector?.[label];
    if (given !== undefined && given !== value) {
      throw at
        .prop('nodeSelector')
        .under(label)
        .refusal(
          given,
          `\`spot\` puts the workers on nodes where it is ${JSON.stringify(value)}. Remove it here, or remove \`spot\`. ` +
            'To keep the store off spot nodes, give it nodes of its own: ' +
            'redis: RedisStore.persistent(chart, "redis", { nodeSelector }).',
        );
    }
  }
  for (const [key, value] of Object.entries(evictionAnnotations(evictable) ?? {})) {
    const given = podAnnotations?.[key];
    if (given === undefined || given === value) continue;
    throw at
      .prop('podAnnotations')
      .under(key)
      .refusal(given, `\`evictable: false\` sets it to ${JSON.stringify(value)}. Remove one of them.`);
  }
}
