import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CAN_ISSUE, ensureRedisServer, MovableClock, NO_MOVABLE_CLOCK } from '../local/redis';
import { BREAKS, LOSSY_MOVE } from './broken-scripts';
import { type Evidence, type Judgement, judge } from './checker';
import { COMPLETION_MODES } from './job';
import {
  CREDENTIAL_FAULT_KINDS,
  CROWD_FAULT_KINDS,
  FAULT_KINDS,
  kindsOf,
  MEMBER_FAULT_KINDS,
  PRIMARY_FAULT_KINDS,
  SLOT_FAULT_KINDS,
} from './schedule';
import { type Progress, runTrial, type TrialOptions } from './trial';

const NUMBERS = {
  items: { default: 20_000, least: 1, about: 'items to push' },
  faults: { default: 30, least: 1, about: `faults to do; each kind comes once in a round of ${FAULT_KINDS.length}` },
  seed: { default: 0, least: 0, about: 'what decides kinds, targets and times of the faults (0: a random one)' },
  every: { default: 1_000, least: 50, about: 'a fault in so many ms' },
  workers: { default: 4, least: 1, about: 'worker processes at once' },
  concurrency: { default: 8, least: 1, about: 'items at once in one worker' },
  lease: { default: 3_000, least: 1_000, about: 'lease of a worker, in ms' },
  patience: {
    default: 90_000,
    least: 1_000,
    about: 'ms without progress after which a run is taken for one that does not end',
  },
  incarnations: {
    default: 0,
    least: 0,
    about: 'simulated incarnations beside the workers, which die and fall silent in crowds',
  },
} as const;

const HELP = `npm run chaos -- [options]

Real workers, a real Redis with an append-only file, and faults. Ends with one line:

  lost 0, unexpected 0, booked twice 0, reruns 12 (12 explained)

and with exit code 0 if that is all there is to say, else 1. docs/chaos.md says what is judged.

${Object.entries(NUMBERS)
  .map(([name, { default: value, about }]) => `  --${name.padEnd(12)} ${about} [${value}]`)
  .join('\n')}
  --completion-mode MODE
                  ${COMPLETION_MODES.join(' or ')}: how the Job of the workers counts its pods [${COMPLETION_MODES[0]}]
  --cluster       a Redis Cluster of three nodes; the slot of the queue moves between them. Redis 7.0 or later, on Linux
  --replicas      with --cluster: each node has a replica that takes its place, and the slot stays where it is
  --sentinel      a primary with two replicas and three sentinels, which everybody asks for the primary
  --replicated    the rendered RedisStore.replicated, its containers as processes. On Linux
  --tls           servers speak TLS, and clients have a password; both are renewed. With each of the stores above; needs openssl
  --only WORDS    only faults whose names hold one of these words, with commas between:
                  ${FAULT_KINDS.join(', ')};
                  with --cluster, without a failover and a step of the clock: ${SLOT_FAULT_KINDS.join(', ')};
                  with --sentinel or --replicas, in place of those of one server: ${PRIMARY_FAULT_KINDS.join('; ')};
                  with --replicated, beside those with --sentinel: ${MEMBER_FAULT_KINDS.join('; ')};
                  with --tls, without a step of the clock: ${CREDENTIAL_FAULT_KINDS.join(', ')};
                  with --incarnations: ${CROWD_FAULT_KINDS.join(', ')}
  --broken NAME   run against scripts that are broken on purpose, which must be noticed:
                  ${Object.keys(BREAKS).join(', ')}
  --record        write the result to chaos/RESULTS.md
  --keep          keep logs and data of a run that went well, too
  --help          this text
`;

interface Command {
  readonly options: TrialOptions;
  readonly record: boolean;
  readonly keep: boolean;
}

function readCommand(args: string[]): Command | undefined {
  const strings = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({
    args,
    options: {
      ...strings,
      'completion-mode': { type: 'string', default: COMPLETION_MODES[0] },
      cluster: { type: 'boolean' },
      replicas: { type: 'boolean' },
      sentinel: { type: 'boolean' },
      replicated: { type: 'boolean' },
      tls: { type: 'boolean' },
      only: { type: 'string' },
      broken: { type: 'string' },
      record: { type: 'boolean' },
      keep: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const number = (name: keyof typeof NUMBERS) => {
    const { default: value, least } = NUMBERS[name];
    const text = (values as Record<string, unknown>)[name] as string | undefined;
    if (text === undefined) return value;
    if (!/^\d+$/.test(text) || Number(text) < least) {
      throw new Error(`--${name} is ${JSON.stringify(text)}; allowed are whole numbers from ${least} on`);
    }
    return Number(text);
  };
  const broken = values.broken ?? '';
  if (broken && !BREAKS[broken]) {
    throw new Error(`--broken is ${JSON.stringify(broken)}; allowed are: ${Object.keys(BREAKS).join(', ')}`);
  }
  const completionMode = COMPLETION_MODES.find((mode) => mode === values['completion-mode']);
  if (!completionMode) {
    const modes = COMPLETION_MODES.join(', ');
    throw new Error(`--completion-mode is ${JSON.stringify(values['completion-mode'])}; allowed are: ${modes}`);
  }
  const { cluster = false, replicas = false, sentinel = false, replicated = false, tls = false } = values;
  const stores = Object.entries({ cluster, sentinel, replicated }).flatMap(([name, given]) =>
    given ? [`--${name}`] : [],
  );
  if (stores.length > 1)
    throw new Error(`${stores.join(' and ')} are given together; a run has one store: give one of them`);
  if (replicated && tls) throw new Error('--tls is given with --replicated, which has no TLS yet: leave one out');
  if (replicas && !cluster)
    throw new Error('--replicas is given without --cluster; with --sentinel and --replicated there are some anyway');
  if (tls && !CAN_ISSUE)
    throw new Error('--tls is given, and there is no openssl on the PATH to make certificates: install it');
  const setting = { cluster, replicas, sentinel, replicated, tls, incarnations: number('incarnations') };
  if (broken === LOSSY_MOVE && !setting.cluster) {
    throw new Error(`--broken ${JSON.stringify(broken)} needs --cluster: only there a slot moves`);
  }
  const only = values.only?.split(',').map((word) => word.trim()) ?? [];
  if (kindsOf(only, setting).length === 0) {
    const kinds = kindsOf([], setting).join(', ');
    throw new Error(`--only is ${JSON.stringify(values.only)}, which no fault holds; there are: ${kinds}`);
  }
  return {
    options: {
      items: number('items'),
      faults: number('faults'),
      seed: number('seed') || 1 + Math.floor(Math.random() * 999_999),
      every: number('every'),
      workers: number('workers'),
      completionMode,
      concurrency: number('concurrency'),
      lease: number('lease'),
      patience: number('patience'),
      only,
      broken,
      ...setting,
    },
    record: values.record ?? false,
    keep: values.keep ?? false,
  };
}

async function main(): Promise<number> {
  let command: Command | undefined;
  try {
    command = readCommand(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\nnpm run chaos -- --help shows what there is.`);
    return 2;
  }
  if (!command) {
    console.log(HELP);
    return 0;
  }
  const { options } = command;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

  const again = commandOf(options);
  console.log(`${again}\n${ensureRedisServer()}, appendonly yes, appendfsync ${syncOf(options)}`);
  if (kindsOf(options.only, options).includes('redis clock stepped') && !MovableClock.available) {
    console.log(`redis clock stepped: NOT DONE, ${NO_MOVABLE_CLOCK}`);
  }
  const dir = mkdtempSync(join(tmpdir(), 'chaos-'));
  let keep = command.keep;
  try {
    const evidence = await runTrial(options, dir, stop.signal, show(options));
    endLine();
    const judgement = judge(evidence);
    const { ok, line, complaints } = judgement;
    const report = describe(evidence, judgement);
    console.log(report);
    for (const complaint of complaints) console.log(`! ${complaint}`);
    if (!ok && !options.broken) keep = true;
    if (command.record) record(again, report, line, syncOf(options));
    console.log(line);
    return ok ? 0 : 1;
  } catch (error) {
    endLine();
    if (stop.signal.aborted) {
      console.error('Stopped; nothing is left running.');
      return 130;
    }
    keep = true;
    console.error(error instanceof Error ? error.stack : error);
    return 1;
  } finally {
    if (keep) console.error(`logs and data are in ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

function commandOf(options: TrialOptions): string {
  const flags = (Object.keys(NUMBERS) as (keyof typeof NUMBERS)[])
    .filter((name) => options[name] !== NUMBERS[name].default)
    .map((name) => `--${name} ${options[name]}`);
  if (options.completionMode !== COMPLETION_MODES[0]) flags.push(`--completion-mode ${options.completionMode}`);
  if (options.cluster) flags.push('--cluster');
  if (options.replicas) flags.push('--replicas');
  if (options.sentinel) flags.push('--sentinel');
  if (options.replicated) flags.push('--replicated');
  if (options.tls) flags.push('--tls');
  if (options.only.length > 0) flags.push(`--only '${options.only.join(',')}'`);
  if (options.broken) flags.push(`--broken '${options.broken}'`);
  return `npm run chaos -- ${flags.join(' ')}`;
}

/** A store that the chart makes has its own settings. */
const syncOf = ({ replicated }: TrialOptions) => (replicated ? 'everysec' : 'always');

/** On a terminal a line that changes, elsewhere one in ten seconds. */
function show(options: TrialOptions): (progress: Progress) => void {
  let last = performance.now();
  return ({ done, faults, fault, running }) => {
    const line = `${done ?? 0} of ${options.items} done, ${faults} of ${options.faults} faults (${fault || 'none yet'}), ${running} workers`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
    else if (performance.now() - last > 10_000) {
      last = performance.now();
      console.log(line);
    }
  };
}

function endLine(): void {
  if (process.stdout.isTTY) process.stdout.write('\n');
}

function describe(
  { seconds, faults, planned, processes, notDone, drainedAt = 0 }: Evidence,
  { explanations, retries }: Judgement,
): string {
  const ends = (simulated: boolean) =>
    processes.filter((one) => Boolean(one.simulated) === simulated).map(({ code, signal }) => signal ?? `exit ${code}`);
  const [workers, simulated] = [ends(false), ends(true)];
  const left = processes.filter(({ code, endedAt = 0 }) => code === 0 && endedAt < drainedAt).length;
  return [
    ...notDone,
    `${seconds.toFixed(0)} s, ${faults.length} of ${planned} faults happened: ${tally(faults.map(({ kind }) => kind))}`,
    `${workers.length} worker processes: ${tally(workers)}${left > 0 ? `, ${left} of them with nothing left to claim` : ''}`,
    ...(simulated.length > 0 ? [`${simulated.length} simulated incarnations: ${tally(simulated)}`] : []),
    `reruns by cause: ${[...explanations].map(([why, count]) => `${count} × ${why}`).join(', ') || 'none'}; retries of failed attempts: ${retries}`,
  ].join('\n');
}

function tally(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} × ${word}`).join(', ');
}

function record(command: string, report: string, line: string, sync: string): void {
  const root = dirname(require.resolve('cdk8s-redis-work-queue/package.json'));
  const redis = execFileSync(ensureRedisServer(), ['--version'], { encoding: 'utf8' });
  const text = `# Last result of the chaos test

    ${command}
    ${line}

- ${new Date().toISOString().slice(0, 10)}, ${report.split('\n').join('\n- ')}
- ${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${platform()} ${arch()}
- Node ${process.versions.node}, ${redis.replace(/^(\w+) server v=(\S+)[\s\S]*/, '$1 $2')} with appendfsync ${sync}
`;
  writeFileSync(join(root, 'chaos/RESULTS.md'), text);
}

main().then((code) => {
  process.exitCode = code;
});
