import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisUnderTest, startFor } from '../redis-under-test';
import { type Ended, Rwq } from './rwq';

/** A Job as the Kubernetes API has it. */
export interface Job {
  readonly metadata: object;
  readonly spec: object;
  readonly status?: object;
}

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

/** A private Redis, and a cluster of Jobs behind a kubectl that refuses what Kubernetes refuses, new for each test. */
export class JobsUnderTest extends RedisUnderTest {
  folder = '';
  /** Variables for the command line; undefined ones are unset. */
  env: NodeJS.ProcessEnv = {};

  /** The Jobs that there are. */
  set jobs(jobs: readonly Job[]) {
    writeFileSync(join(this.folder, 'jobs.json'), JSON.stringify(jobs));
  }

  /** Parallelism and completions of each of them. */
  get sizes(): (readonly [parallelism: number, completions?: number])[] {
    const jobs = JSON.parse(readFileSync(join(this.folder, 'jobs.json'), 'utf8')) as {
      spec: { parallelism: number; completions?: number };
    }[];
    return jobs.map(({ spec: { parallelism, completions } }) =>
      completions === undefined ? [parallelism] : [parallelism, completions],
    );
  }

  /** How kubectl was called. */
  get calls(): string[] {
    const path = join(this.folder, 'calls');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    return lines.map((line) => (JSON.parse(line) as string[]).join(' '));
  }

  start(...args: string[]): Rwq {
    const { folder, server } = this;
    const env = {
      ...{ PATH: `${folder}:${process.env.PATH}`, JOBS: join(folder, 'jobs.json'), CALLS: join(folder, 'calls') },
      ...{ REDIS_URL: server.url, REDIS_PORT: new URL(server.url).port, WORK_QUEUE_NAME: 'job2' },
    };
    return new Rwq(['scale', ...args], { env: { ...env, ...this.env } });
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
  beforeEach(() => {
    fixture.folder = mkdtempSync(join(tmpdir(), 'rwq-'));
    fixture.env = {};
    const script = readFileSync(join(__dirname, 'kubectl-of-jobs.js'), 'utf8');
    writeFileSync(join(fixture.folder, 'kubectl'), `#!${process.execPath}\n${script}`, { mode: 0o755 });
  });
  afterEach(async () => {
    rmSync(fixture.folder, { recursive: true });
    await fixture.redis.flushall();
  });
  return fixture;
}
