import { SPOT_PLATFORMS, SpotNodes } from '../../lib/kubernetes/spot-nodes';
import { EXIT, FAIL_JOB_CODES } from '../../worker/contract';
import { count, countOf, duration, items } from '../text';
import { oddIndexes, ownClocks, replacements, whoStays } from './index-words';
import { completesDrained } from './indexes';
import type { Fill, Plan } from './plan';
import { oddReplicas, scaledFleet, scalerWords } from './scaler-words';
import { keptRuns, oddSchedule, scheduleWords } from './schedule-words';

/** A plan in plain words. */
export interface Explanation {
  readonly title: string;
  readonly runs: readonly string[];
  readonly guarantees: readonly string[];
  readonly watchFor: readonly string[];
}

export function explainPlan(plan: Plan): Explanation {
  return {
    title: `${plan.kind} ${plan.name} works through the queue ${plan.queue}${plan.schedule?.ownQueue ? ', another one in each run' : ''}`,
    runs: runs(plan),
    guarantees: guarantees(plan),
    watchFor: watchFor(plan),
  };
}

const time = (ms: number) => duration(ms / 1_000);
const named = (image: string) => image || 'an image that is not named here';
const isJob = ({ kind }: Plan) => kind === 'Job' || kind === 'CronJob';
const fails = ({ rules }: Plan, code: number) =>
  rules.some(({ action, onExitCodes }) => action === 'FailJob' && onExitCodes?.values?.includes(code));

function runs(plan: Plan): string[] {
  const { workers, image, bundled, between, concurrency, fill, store } = plan;
  const many = plan.scaler
    ? scaledFleet(plan.scaler)
    : `${countOf(workers, 'worker')} at once${plan.schedule ? ' in each run' : ''}`;
  const code = bundled
    ? `the bundled code from its ConfigMaps, on ${named(image)}`
    : between === 'agent'
      ? `the program of ${named(image)}, which the work agent hands its items`
      : between === 'command'
        ? `a command for each item, in ${named(image)}`
        : image
          ? `the image ${image}`
          : named(image);
  const said = [
    ...scheduleWords(plan),
    `${many}, each with ${code}, ${concurrency === 1 ? 'one item' : items(concurrency)} at a time.`,
    ...scalerWords(plan),
  ];
  if (plan.rate) {
    const { per } = plan.rate;
    const span = per < 1_000 ? `${per} ms` : time(per);
    said.push(`All workers together start at most ${items(plan.rate.items)} in ${span}.`);
  }
  said.push(...afterWords(plan));
  if (fill) {
    const what =
      fill.items === undefined
        ? `the program of ${named(fill.image)} fills the queue`
        : `${items(fill.items)} from the manifests`;
    if (fill.by === 'pods') said.push(...fillInPods(plan, fill, what));
    else
      said.push(
        fill.items === undefined
          ? `Job ${fill.job}: ${what}, and when it has ended with 0 the queue is sealed.`
          : `Job ${fill.job} pushes ${what}, once however often it runs, and seals the queue.`,
      );
  } else {
    const wait =
      plan.startTimeout === 0 || plan.endless ? 'without a limit' : `${time(plan.startTimeout)} for the first item`;
    said.push(
      `These manifests do not fill the queue: RPUSH to the list ${plan.queue}, or use \`rwq fill\`. Workers wait ${wait}.`,
    );
  }
  if (plan.gated)
    said.push(
      `An init container holds the workers back until ${fill ? 'the fill is sealed' : 'the first item arrives'}.`,
    );
  if (plan.endless) said.push('The work never ends: where the queue is empty, workers wait for more.');
  if (plan.localQueue) said.push(`Kueue holds the Job back until its local queue ${plan.localQueue} has quota for it.`);
  said.push(...whoStays(plan));
  said.push(storeLine(store));
  return said;
}

/** How the pods of the workers fill their queue themselves. */
function fillInPods({ workers, startTimeout }: Plan, { items: listed, inTurn }: Fill, what: string): string[] {
  const said = [
    listed === undefined
      ? `Before they work, pods fill the queue themselves: ${what} in an init container, and when it has ended with 0 the queue is sealed.`
      : `Before they work, pods fill the queue themselves: an init container pushes ${what}, once however often it runs, and seals the queue.`,
  ];
  if (inTurn) {
    const wait = startTimeout === 0 ? 'without a limit' : `at most ${time(startTimeout)}`;
    said.push(`The pod of index 0 fills; the others wait until the queue is sealed, ${wait}.`);
  } else if (workers > 1) {
    const order = listed === undefined ? ', if the filler brings the items in the same order each time' : '';
    said.push(`All pods fill at once, and each item enters once${order}.`);
  }
  return said;
}

function afterWords({ after, fill }: Plan): string[] {
  if (!after) return [];
  const names = after.queues.map(({ name, tolerateDeadLetters }) =>
    tolerateDeadLetters ? `${name} (dead letters tolerated)` : name,
  );
  const which = names.length === 1 ? `the queue ${names[0]} is` : `the queues ${names.join(', ')} are`;
  const who = after.waits === 'fill' && fill ? `Job ${fill.job}, the fill,` : 'An init container of the workers';
  return [
    `${who} waits until ${which} drained, without a limit (after). A dead letter there that is not tolerated has to be sent back or dropped first.`,
  ];
}

function storeLine({ addresses, primaryName, database, tls, server }: Plan['store']): string {
  const several = addresses.length > 1;
  const how = `${database === undefined ? '' : `, database ${database}`}${tls ? ', over TLS' : ''}`;
  const address = primaryName
    ? `the primary ${primaryName} of the ${several ? 'sentinels' : 'sentinel'} ${addresses.join(', ')}${how}`
    : `${addresses.join(', ')}${how}`;
  if (!server) {
    const what = primaryName ? 'Redis' : several ? 'Redis Cluster' : 'Redis';
    return `The queue is kept by a ${what} that is not among these manifests: ${address}.`;
  }
  const { kind, name, image, data, storage, appendOnly, maxmemory } = server;
  const where =
    data === 'claim' ? `a volume${storage ? ` of ${storage}` : ''}` : data === 'emptyDir' ? 'an emptyDir' : 'no volume';
  const room = maxmemory ? `, with room for ${maxmemory} of data` : '';
  return `The queue is kept by ${kind} ${name} (${named(image)}), reached as ${address}, ${appendOnly ? `with an append-only file on ${where}` : `on ${where}, without an append-only file`}${room}.`;
}

function guarantees(plan: Plan): string[] {
  const { maxAttempts, lease, tolerateDeadLetters, failFast } = plan;
  const said: string[] = [];
  if (isJob(plan) && (plan.indexes ? completesDrained(plan.indexes) : plan.completions === undefined)) {
    said.push(
      tolerateDeadLetters
        ? 'Complete means: every item is done or a dead letter.'
        : 'Complete means: every item is done, whatever crashed on the way.',
    );
  }
  said.push(
    `Delivery is at-least-once. A worker's lease is ${time(lease)}: after that, others take the items of a crashed worker.`,
  );
  const last = fails(plan, EXIT.deadLetters)
    ? ` and the Job fails ${failFast ? 'at once' : 'at its end'} (exit ${EXIT.deadLetters})`
    : '';
  said.push(
    `An item gets ${countOf(maxAttempts, 'attempt')}; after the last one it is a dead letter${tolerateDeadLetters ? ', which the Job tolerates' : last}.`,
  );
  if (
    plan.rules.some(
      ({ action, onPodConditions }) =>
        action === 'Ignore' && onPodConditions?.some(({ type }) => type === 'DisruptionTarget'),
    )
  ) {
    said.push(
      'Drained nodes, evictions and preemption do not count as failures of the Job; the items go back uncharged.',
    );
  }
  if (failFast)
    said.push(
      'The first dead letter ends the run (failFast): running items are aborted and go back, and what is left stays in the queue for the next Job.',
    );
  said.push(...ownClocks(plan));
  if (plan.batch)
    said.push(
      'Workers know their batch: they fail if the queue holds an unfinished other one, or if Redis came back empty.',
    );
  return said;
}

function watchFor(plan: Plan): string[] {
  const { store, backoffLimit, maxAttempts, fill } = plan;
  const { server } = store;
  const said: string[] = [];
  said.push(...oddSchedule(plan), ...oddReplicas(plan));
  if (plan.suspend) said.push('The Job is suspended: nothing runs until `suspend` is false (kubectl patch, or Kueue).');
  if (plan.refused.length > 0) {
    said.push(
      `${plan.refused.join(', ')}: allowed are whole numbers, and workers end at once (exit ${EXIT.configuration}).`,
    );
  }
  said.push(...kueueWords(plan), ...spotWords(plan));
  if (!isJob(plan) && !plan.endless)
    said.push(`A ${plan.kind} does not end with the queue: its workers are started again when it is drained.`);
  if (isJob(plan)) said.push(...replacements(plan), ...oddIndexes(plan));
  if (fill?.items !== undefined && plan.workers > Math.max(1, fill.items)) {
    said.push(`${countOf(plan.workers, 'worker')} for ${items(fill.items)}: the others find nothing to claim.`);
  }
  if (isJob(plan) && !plan.indexes && plan.completions !== undefined) {
    said.push(
      `completions is ${plan.completions}: the Job is Complete after that many workers succeeded, not when the queue is drained. Leave it out.`,
    );
  }
  if (!plan.bundled && !plan.between) {
    said.push(
      `All of this holds for an image whose program calls runWorker or speaks the protocol (docs/protocol.md). For any other, nothing checks that an exit 0 means that all is done.`,
    );
  }
  if (server?.data === 'emptyDir') {
    said.push(
      `The store is on an emptyDir: a crash of its container loses nothing, the end of its Pod loses the queue. Workers that meet an empty one end with exit ${EXIT.dataLost}. RedisStore.persistent keeps it on a volume.`,
    );
  }
  if (server && server.kind === 'Pod')
    said.push(
      `Pod ${server.name} has no controller: once deleted, evicted or lost with its node, it is not started again. Workers wait for it and end with exit ${EXIT.storeUnreachable}.`,
    );
  if (server && server.data === 'none')
    said.push('The store has no volume: a restart of its container loses the queue.');
  if (server && !server.appendOnly) said.push('The store writes no append-only file: a restart loses the queue.');
  if (server && server.evictionPolicy !== 'noeviction') {
    said.push(
      `The store's maxmemory-policy is ${server.evictionPolicy ?? 'not set here'}: any policy but noeviction may lose items.`,
    );
  }
  if (!store.password) {
    said.push(
      server?.networkPolicy
        ? `Redis has no password. The NetworkPolicy lets only labelled pods${server.furtherPeers > 0 ? ` and ${countOf(server.furtherPeers, 'further peer')}` : ''} in, if the network plugin of the cluster enforces policies.`
        : 'These manifests set no password for Redis.',
    );
  }
  if (server && !server.networkPolicy)
    said.push('No NetworkPolicy guards the store: every pod of the cluster reaches it.');
  if (!server && !store.tls) said.push('The connection to the store is not encrypted: redis://, not rediss://.');
  if (plan.itemTimeout === 0)
    said.push(
      `An item may run forever (itemTimeout is not set): a handler that hangs blocks its worker${isJob(plan) ? ', and so the Job' : ''}.`,
    );
  if (isJob(plan)) {
    const poison = Math.floor(backoffLimit / maxAttempts);
    said.push(
      `backoffLimit ${count(backoffLimit)} tolerates ${countOf(poison, 'poison item')}: each one that kills its worker costs ${countOf(maxAttempts, 'pod')}. Beyond that the Job fails; it keeps all state.`,
    );
    const missing = FAIL_JOB_CODES.filter((code) => !fails(plan, code));
    if (missing.length > 0) {
      said.push(
        `No podFailurePolicy fails the Job on exit ${missing.join(', ')}: it starts workers again, up to backoffLimit, although none can succeed.`,
      );
    }
    if (plan.rules.some(({ onExitCodes }) => onExitCodes && onExitCodes.containerName === undefined)) {
      said.push(
        'A rule of the podFailurePolicy names no container: the exit code of any sidecar decides in place of that of the worker.',
      );
    }
    if (plan.restartPolicy !== 'Never')
      said.push(`restartPolicy is ${plan.restartPolicy}: exit codes count only with Never.`);
    if (plan.activeDeadline !== undefined) {
      said.push(`activeDeadline ends the Job after ${duration(plan.activeDeadline)}, drained or not.`);
    } else {
      said.push('No activeDeadline: the Job takes as long as it takes.');
    }
    if (plan.ttlAfterFinished !== undefined) {
      said.push(`The Job and its logs are removed ${duration(plan.ttlAfterFinished)} after its end.`);
    }
  }
  said.push(...keptRuns(plan));
  if (!fill && !plan.endless)
    said.push(
      `Unsealed, an empty queue counts as drained after ${time(plan.settle)}: items that come later are left for another run. \`rwq seal\` saves the wait.`,
    );
  if (fill?.by === 'Job' && fill.items !== undefined)
    said.push(
      'Other items replace these once all of these are done, without dead letters and kept results; before that, their fill fails. A Job of a fixed name cannot be changed: `kubectl replace --force`.',
    );
  if (fill && plan.batch !== fill.batch)
    said.push(
      `The workers wait for the batch ${plan.batch ?? '(none)'}, and the fill pushes ${fill.batch ?? '(none)'}: they would never start.`,
    );
  return said;
}

function kueueWords({ localQueue, fill }: Plan): string[] {
  if (fill?.by !== 'Job' || (localQueue === undefined) === (fill.localQueue === undefined)) return [];
  if (localQueue === undefined) {
    return [
      `Job ${fill.job} waits in a local queue of Kueue, and the workers in none: where Kueue manages all Jobs, they stay suspended.`,
    ];
  }
  return [
    `The workers wait in a local queue of Kueue, and Job ${fill.job} in none: where Kueue manages all Jobs, it stays suspended, and the workers end with exit ${EXIT.neverFilled}.`,
  ];
}

const KARPENTER = SPOT_PLATFORMS[SpotNodes.KARPENTER].label;

function spotWords({ spot, gracePeriod, annotations, lease, store }: Plan): string[] {
  const said: string[] = [];
  const { server } = store;
  if (spot && gracePeriod > spot.notice) {
    said.push(
      `Pods have ${duration(gracePeriod)} after SIGTERM, and spot nodes (${spot.label}) give them ${duration(spot.notice)}: workers are killed before they hand back what they cannot finish. Others have it ${time(lease)} later, uncharged. Set terminationGracePeriod to ${duration(spot.notice)}.`,
    );
  }
  if (spot?.label === KARPENTER && annotations['karpenter.sh/do-not-disrupt'] === 'true') {
    said.push(
      'Karpenter does not evict pods with karpenter.sh/do-not-disrupt, also where it knows that a spot node is taken back: workers get no SIGTERM, and their items are charged an attempt.',
    );
  }
  if (server?.spot) {
    said.push(
      `${server.kind} ${server.name} is put on spot nodes (${server.spot.label}): with its node the store is gone${server.data === 'claim' ? ' until it is back on another one' : ', and the queue with it'}. Give it a nodeSelector of its own.`,
    );
  } else if (spot && server && !server.choosesNodes) {
    said.push(
      `Nothing here keeps ${server.kind} ${server.name} off spot nodes, unless they have a taint. Give the store a nodeSelector of its own.`,
    );
  }
  return said;
}
