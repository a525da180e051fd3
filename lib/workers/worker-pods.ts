import { Duration } from 'cdk8s';
import { checkAgent } from '../agent';
import { checkCommand } from '../command';
import { annotationsOfPod, inSeconds, SPOT_PLATFORMS, type SpotNodes } from '../kubernetes';
import { checkProgram } from '../pod';
import { type At, checkPod } from '../props';
import type { WorkerProps } from './worker-props';

/** What Kubernetes gives a pod to end. */
const DEFAULT_GRACE_SECONDS = 30;

/**
 * The props of the pods of workers: those that are for workers, fill and store alike, with what is for workers alone.
 */
export function workerPods<P extends WorkerProps>(props: P): P {
  return {
    ...props,
    ...(props.spot && onSpotNodes(props, props.spot)),
    podAnnotations: annotationsOfPod(props),
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

/** Refuses props of the pods of workers that contradict each other. */
export function checkWorkerPods(props: WorkerProps, at: At) {
  checkProgram(props, at);
  checkAgent(props, at);
  checkCommand(props, at);
  checkPod(props, at);
  checkSpot(props, at);
  checkSleeps(props, at);
  const { user, group, fsGroup, podSecurityContext = {} } = props;
  for (const [prop, field, given] of [
    ['user', 'runAsUser', user],
    ['group', 'runAsGroup', group],
    ['fsGroup', 'fsGroup', fsGroup],
  ] as const) {
    if (given === undefined || podSecurityContext[field] === undefined) continue;
    throw at
      .prop('podSecurityContext')
      .prop(field)
      .refusal(podSecurityContext[field], `It is \`${prop}\`, too, which is ${given}. Remove one of them.`);
  }
}

/** Refuses a handler that sleeps for longer than the pod may take to end. */
function checkSleeps(props: WorkerProps, at: At) {
  const { terminationGracePeriod } = props.spot ? { ...onSpotNodes(props, props.spot) } : props;
  const most = terminationGracePeriod ? inSeconds(terminationGracePeriod) : DEFAULT_GRACE_SECONDS;
  const own = [props.lifecycle, at.prop('lifecycle')] as const;
  const others = (props.sidecars ?? []).map(
    ({ lifecycle }, index) => [lifecycle, at.prop('sidecars').element(index).prop('lifecycle')] as const,
  );
  for (const [lifecycle, here] of [own, ...others]) {
    for (const handler of ['postStart', 'preStop']) {
      const seconds = lifecycle?.[handler]?.sleep?.seconds;
      if (seconds === undefined || seconds <= most) continue;
      throw here
        .prop(`${handler}.sleep.seconds`)
        .refusal(
          seconds,
          `The pod has ${most} s to end, and Kubernetes refuses a longer sleep. Give it longer: ` +
            `terminationGracePeriod: Duration.seconds(${seconds + DEFAULT_GRACE_SECONDS}).`,
        );
    }
  }
}

function checkSpot({ spot, nodeSelector }: WorkerProps, at: At) {
  if (!spot) return;
  const { label, value } = SPOT_PLATFORMS[spot];
  const given = nodeSelector?.[label];
  if (given === undefined || given === value) return;
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
