import { Duration } from 'cdk8s';
import { evictionAnnotations, SPOT_PLATFORMS, type SpotNodes } from './kubernetes';
import type { At } from './props';
import type { RedisWorkQueueJobProps } from './redis-work-queue-job-props';

/**
 * The props of the pods of workers: those that are for workers, fill and store alike, with what is for workers alone.
 */
export function workerPods(props: RedisWorkQueueJobProps): RedisWorkQueueJobProps {
  const annotations = evictionAnnotations(props.evictable);
  return {
    ...props,
    ...(props.spot && onSpotNodes(props, props.spot)),
    ...(annotations && { podAnnotations: { ...props.podAnnotations, ...annotations } }),
  };
}

function onSpotNodes(props: RedisWorkQueueJobProps, spot: SpotNodes): Partial<RedisWorkQueueJobProps> {
  const { label, value, tainted, notice } = SPOT_PLATFORMS[spot];
  const toleration = { key: label, operator: 'Equal', value, effect: 'NoSchedule' };
  return {
    nodeSelector: { ...props.nodeSelector, [label]: value },
    tolerations: [...(props.tolerations ?? []), ...(tainted ? [toleration] : [])],
    terminationGracePeriod: props.terminationGracePeriod ?? Duration.seconds(notice),
  };
}

/** Refuses labels of nodes and annotations of pods that contradict these props. */
export function checkWorkerPods({ spot, evictable, nodeSelector, podAnnotations }: RedisWorkQueueJobProps, at: At) {
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

/** Refuses what Kueue would refuse, or undo, in a Job that waits in its queue. */
export function checkKueue({ kueue, suspend, parallelism = 1 }: RedisWorkQueueJobProps, at: At) {
  if (!kueue) return;
  if (suspend !== undefined) {
    throw at
      .prop('suspend')
      .refusal(
        suspend,
        'Kueue suspends the Job until it admits it. Remove it, or `kueue`. To hold what waits, stop the queue: ' +
          `kubectl patch localqueue ${kueue.localQueue} --type merge -p '{"spec":{"stopPolicy":"Hold"}}'`,
      );
  }
  const { minParallelism } = kueue;
  if (minParallelism !== undefined && minParallelism >= parallelism) {
    throw at
      .prop('kueue.minParallelism')
      .refusal(
        minParallelism,
        `It must be less than \`parallelism\`, ${parallelism}. Lower it, or leave it out: then all workers start, or none.`,
      );
  }
}
