import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubectlFront } from '../kubectl-front';
import { RedisUnderTest, startFor } from '../redis-under-test';
import { ClusterOfJobs, type Job } from './cluster-of-jobs';
import { type Ended, Rwq } from './rwq';

/** What a Job has besides its name. */
export interface JobParts extends Partial<Job> {
  /** Variables of its workers. @default the queue job2 */
  readonly env?: Readonly<Record<string, string>>;
  /** Name of its container. @default worker */
  readonly container?: string;
}

/** Four pods, without indexes unless its spec says so. */
export function job(name: string, { metadata, spec, status, env, container = 'worker' }: JobParts = {}): Job {
  const variables = Object.entries({ WORK_QUEUE_NAME: 'job2', ...env }).map(([key, value]) => ({ name: key, value }));
  return {
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      ...{ parallelism: 4, completionMode: 'NonIndexed', ...spec },
      template: { spec: { containers: [{ name: container, env: variables }] } },
    },
    ...(status && { status }),
  };
}

/** Four workers with indexes, of which the two lowest stay. */
export const INDEXED = {
  completionMode: 'Indexed',
  completions: 4,
  successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
};

/** A private Redis, and a cluster of Jobs behind a kubectl, new for each test. */
export class JobsUnderTest extends RedisUnderTest {
  folder = '';
  cluster!: ClusterOfJobs;
  /** Variables for the command line; undefined ones are unset. */
  env: NodeJS.ProcessEnv = {};

  start(...args: string[]): Rwq {
    const { folder, server } = this;
    const env = {
      ...{ PATH: `${folder}:${process.env.PATH}`, REDIS_URL: server.url, WORK_QUEUE_NAME: 'job2' },
      ...this.env,
    };
    return new Rwq(['scale', ...args], { env });
  }

  scale(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** The first line of what it says, or the error. */
  async said(...args: string[]): Promise<string> {
    const { stdout, stderr } = await this.scale(...args);
    return (stdout || stderr).split('\n')[0] as string;
  }
}

export function useJobs(): JobsUnderTest {
  const fixture = startFor(new JobsUnderTest());
  let kubectl: KubectlFront;
  beforeAll(async () => {
    kubectl = await KubectlFront.open((call) => fixture.cluster.answer(call));
  });
  beforeEach(() => {
    fixture.folder = mkdtempSync(join(tmpdir(), 'rwq-'));
    fixture.env = {};
    fixture.cluster = new ClusterOfJobs(new URL(fixture.server.url).port);
    kubectl.install(fixture.folder);
  });
  afterEach(async () => {
    rmSync(fixture.folder, { recursive: true });
    await fixture.redis.flushall();
  });
  afterAll(() => kubectl.close());
  return fixture;
}
