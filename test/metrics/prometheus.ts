import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../local/redis/find-redis-server';
import { until } from '../until';

const PROMETHEUS = onPath('prometheus');

/** For the name of a test that takes Prometheus, where there is none. */
export const whyNoPrometheus = PROMETHEUS ? '' : ' (NOT RUN: there is no Prometheus)';

/** One line of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A Prometheus of its own, on a free port of this machine. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /**
   * Starts it; it scrapes and evaluates as often as it can.
   *
   * @param targets host:port each, with the labels that a discovery would give
   * @param rules the file of rules, as JSON, which is YAML
   */
  static async start(
    targets: readonly { readonly target: string; readonly labels: Readonly<Record<string, string>> }[],
    rules: object,
  ): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content));
    write('rules.json', rules);
    write('prometheus.json', {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '500ms' },
      rule_files: ['rules.json'],
      scrape_configs: [
        {
          job_name: 'queues',
          static_configs: targets.map(({ target, labels }) => ({ targets: [target], labels })),
        },
      ],
    });
    const args = [
      '--config.file',
      'prometheus.json',
      '--storage.tsdb.path',
      'data',
      '--web.listen-address',
      '127.0.0.1:0',
    ];
    const child = spawn(PROMETHEUS as string, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += chunk;
    });
    const address = await until('Prometheus listens', () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${log}`);
      return /Listening on.*address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
    });
    return new Prometheus(child, folder, `http://${address}`);
  }

  /** What it answers to a query. */
  async query(query: string): Promise<readonly Series[]> {
    const { result } = await this.ask(`query?${new URLSearchParams({ query })}`);
    return result as Series[];
  }

  /** Names of the alerts that fire. */
  async firing(): Promise<string[]> {
    return (await this.alerts()).map(({ alertname }) => alertname as string);
  }

  /** Labels of the alerts that fire. */
  async alerts(): Promise<Record<string, string>[]> {
    const { alerts } = await this.ask('alerts');
    const all = alerts as { readonly state: string; readonly labels: Record<string, string> }[];
    return all.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true });
  }

  private async ask(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: object; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data as Record<string, unknown>;
  }
}
