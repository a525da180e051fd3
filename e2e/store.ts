import { type Kubectl, KubectlError } from './kubectl';

const STORE = 'cdk8s-redis-work-queue/store';
const CONTAINER = 'redis';

export interface Counts {
  readonly done: number;
  readonly dead: number;
  /** Never claimed. */
  readonly listed: number;
  /** Sum of the results; 0 where it was not asked for. */
  readonly sum: number;
}

/** The Redis of a namespace, by `redis-cli` in its own pod: no port has to be open, and no client is needed here. */
export class Store {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly namespace: string,
  ) {}

  /** Name of its pod, once it is ready. */
  async readyPod(): Promise<string | undefined> {
    const pods = await this.kubectl.pods(this.namespace, STORE);
    return pods.find(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined &&
        status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
    )?.metadata.name;
  }

  /** As `rwq pause` does, also before anything is in the queue. */
  async pause(queues: readonly string[]): Promise<void> {
    for (const queue of queues) await this.run('redis-cli', 'HSET', `{${queue}}:meta`, 'paused', '1');
  }

  /** As `rwq resume` does, all of them at once. */
  async resume(queues: readonly string[]): Promise<void> {
    const commands = queues.map(
      (queue) => `redis-cli HDEL '{${queue}}:meta' paused && redis-cli XADD '{${queue}}:wake' MAXLEN 1 '*' why resume`,
    );
    await this.run('sh', '-c', commands.join(' && '));
  }

  async counts(queue: string, withResults = false): Promise<Counts> {
    // One call: each takes a connection to the kubelet.
    const commands = [
      `redis-cli --raw HMGET '{${queue}}:meta' done dropped`,
      `redis-cli --raw HLEN '{${queue}}:dead'`,
      `redis-cli --raw LLEN '${queue}'`,
      ...(withResults ? [`redis-cli --raw HVALS '{${queue}}:results'`] : []),
    ];
    const [done, dropped, dead, listed, ...results] = (await this.run('sh', '-c', commands.join(' && '))).split('\n');
    const count = (text: string | undefined) => Number(text || 0);
    // A result is one line, its payload the next.
    const numbers = results.filter((line, i) => i % 2 === 0 && line !== '').map(Number);
    return {
      done: count(done),
      dead: count(dead) + count(dropped),
      listed: count(listed),
      sum: numbers.reduce((sum, each) => sum + each, 0),
    };
  }

  private async run(...command: string[]): Promise<string> {
    const pod = await this.readyPod();
    if (pod === undefined) throw new KubectlError('exec', 'no pod of Redis is ready');
    const out = await this.kubectl.exec(this.namespace, pod, CONTAINER, command);
    // redis-cli ends with 0 also where Redis answers with an error.
    const error = /^(?:\(error\) )?((?:ERR|WRONGTYPE|NOAUTH|NOPERM|LOADING|MISCONF|OOM|READONLY) .*)$/m.exec(out);
    if (error) throw new KubectlError(`exec ${pod} ${command.join(' ')}`, error[1]!);
    return out;
  }
}
