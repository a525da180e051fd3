import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

// The docstring of every option that a user may set: what it is unless set, and an example that compiles.

const ROOT = join(__dirname, '../..');

/** Of a module or an interface: the names in it, by purpose. */
const groups: Record<string, Record<string, string[]>> = JSON.parse(
  readFileSync(join(ROOT, 'docs/site/api-groups.json'), 'utf8'),
);

/** What takes options and is not called so. */
const OTHER_NAMES = ['Backoff', 'QueueFiller', 'Toleration'];

/** What examples use, as a chart and a worker have it. */
const SURROUNDINGS = `
import { type Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as lib from 'cdk8s-redis-work-queue';
import { CompletionMode, ConcurrencyPolicy, Cpu, IdleWorkers, RedisStore } from 'cdk8s-redis-work-queue';
import { LogFormat, RunInput, ServiceDiscovery, SpotNodes } from 'cdk8s-redis-work-queue';
import * as metrics from 'cdk8s-redis-work-queue/metrics';
import * as otel from 'cdk8s-redis-work-queue/otel';
import * as testing from 'cdk8s-redis-work-queue/testing';
import { TestClock } from 'cdk8s-redis-work-queue/testing';
import * as worker from 'cdk8s-redis-work-queue/worker';
import { z } from 'zod';
declare const chart: Chart;
declare const logger: Console;
declare const provider: import('@opentelemetry/api').TracerProvider;
declare const pino: () => import('cdk8s-redis-work-queue/worker').StructuredLogger;
declare const thumbnails: lib.IQueueDefinition;
declare const secret: kplus.ISecret;
export const used = { CompletionMode, ConcurrencyPolicy, Cpu, Duration, IdleWorkers, LogFormat, secret, thumbnails, Size, kplus, RedisStore, RunInput, ServiceDiscovery, SpotNodes };
export const more = { TestClock, z, chart, logger, pino, metrics, otel, provider };
`;

interface Declaration {
  name: string;
  /** Its type parameters, if it has any. */
  parameters: number;
  /** The interfaces that it extends. */
  extended: string[];
  /** Its own; `all` has those of the interfaces that it extends, too. */
  options: Option[];
}

interface Option {
  name: string;
  optional: boolean;
  default: string | undefined;
  example: string | undefined;
}

/** The file of a module and those that it exports from, on and on. */
function filesBehind(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/^export .*?from '(\.[^']*)';$/gms)) {
    const target = join(dirname(file), path as string);
    filesBehind([`${target}.ts`, join(target, 'index.ts')].find(existsSync)!, seen);
  }
  return seen;
}

/** The interfaces of a module. */
function interfacesOf(module: (typeof modules)[number]): Declaration[] {
  return [...filesBehind(join(ROOT, module, 'index.ts'))].flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /^export interface (\w+)(?:<([^>]*)>)?(?:\s+extends ([^{]*?))? \{(.*?)(?:(?<=\{)|^)\}$/gms,
      ),
    ].map(([, name, parameters = '', extended = '', body]) => ({
      name: name as string,
      parameters: parameters.split(',').filter(Boolean).length,
      extended: extended.match(/\w+/g) ?? [],
      options: optionsIn(body as string),
    })),
  );
}

function optionsIn(body: string): Option[] {
  return [...body.matchAll(/(?: {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?(?: {2}\/\/[^\n]*\n)* {2}readonly (\w+)(\??):/gs)].map(
    ([, docstring = '', name, optional]) => {
      const text = docstring.replace(/^ *\* ?/gm, '');
      const tag = (of: string) => new RegExp(`@${of}\\s+(.*?)\\s*(?=^@|$(?!\\s))`, 'ms').exec(text)?.[1];
      return { name: name as string, optional: optional === '?', default: tag('default'), example: tag('example') };
    },
  );
}

const modules = ['lib', 'worker', 'testing', 'metrics', 'otel'] as const;
const interfaces = modules.flatMap((module) => interfacesOf(module).map((each) => ({ module, ...each })));

/** Those that a module exports and a user fills in. */
const declarations = interfaces.filter(
  ({ module, name }) =>
    Object.values(groups[module]!).flat().includes(name) &&
    (/(?:Props|Options)$/.test(name) || OTHER_NAMES.includes(name)),
);

function all(name: string): Option[] {
  const found = interfaces.find((each) => each.name === name);
  return found ? [...found.options, ...found.extended.flatMap(all)] : [];
}

test('the options that users set are found', () => {
  const counts = Object.fromEntries(declarations.map(({ name }) => [name, all(name).length]));
  expect(Object.keys(counts).sort()).toEqual([
    'AddOptions',
    'AgentProps',
    'Backoff',
    'BatchOptions',
    'BatchWorkerOptions',
    'BundlingOptions',
    'BytesQueueOptions',
    'ClusterRedisProps',
    'CommandProps',
    'ConnectOptions',
    'EgressProps',
    'ExistingRedisProps',
    'ExternalRedisProps',
    'FillJobProps',
    'FillOptions',
    'FillerOptions',
    'HorizontalPodAutoscalerProps',
    'InMemoryBatchWorkerOptions',
    'InMemoryQueueOptions',
    'InMemoryWorkerOptions',
    'InstrumentOptions',
    'ItemsOptions',
    'JobMetadataProps',
    'KueueProps',
    'KueueQueueProps',
    'ListQueuesOptions',
    'MadeRedisProps',
    'PersistentRedisProps',
    'PodDisruptionBudgetProps',
    'PodProps',
    'QueueFiller',
    'RedisPodProps',
    'RedisWorkQueueCronJobProps',
    'RedisWorkQueueDeploymentProps',
    'RedisWorkQueueJobProps',
    'RedisWorkQueueMonitoringProps',
    'ReplicatedRedisProps',
    'RunBatchesInMemoryOptions',
    'RunInMemoryOptions',
    'RunProps',
    'ScaledObjectProps',
    'SchemaQueueOptions',
    'SentinelRedisProps',
    'StatusOptions',
    'StopOptions',
    'StoreMetricsProps',
    'TextQueueOptions',
    'Toleration',
    'WorkQueueOptions',
    'WorkerOptions',
    'WorkerProps',
  ]);
  expect(counts).toMatchObject({ RedisWorkQueueJobProps: 86, WorkerOptions: 9, Toleration: 5, StatusOptions: 1 });
});

test.each(declarations)('every option of $name has an example, and a default where it need not be given', (each) => {
  for (const { name, optional, ...tags } of each.options) {
    // An example is the option as one writes it.
    expect({ option: name, example: tags.example }).toEqual({
      option: name,
      example: expect.stringMatching(`^${name}: `),
    });
    expect({ option: name, default: tags.default }).toEqual({
      option: name,
      default: optional ? expect.any(String) : undefined,
    });
  }
});

test('the examples are what the types say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'options-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/cdk8s-redis-work-queue'));
    for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'zod', '@opentelemetry', '@types']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    }
    const lines = declarations.flatMap(({ module, name, parameters, options }) => {
      const type = `${module}.${name}${parameters > 0 ? `<${Array(parameters).fill('unknown').join(', ')}>` : ''}`;
      return options.map((option) => `export const ${name}_${option.name}: Partial<${type}> = { ${option.example} };`);
    });
    writeFileSync(join(folder, 'examples.ts'), SURROUNDINGS + lines.join('\n'));
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2023', 'dom'], module: 'esnext', moduleResolution: 'bundler', types: ['node'] },
      ...{ strict: true, noEmit: true, skipLibCheck: true },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc')], { cwd: folder });
    expect(
      await tsc.then(
        ({ stdout }) => stdout,
        ({ stdout }) => stdout,
      ),
    ).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the groups of the reference hold each option once', () => {
  for (const name of ['RedisWorkQueueJobProps', 'QueueFiller']) {
    expect(Object.values(groups[name]!).flat().sort()).toEqual(
      all(name)
        .map((option) => option.name)
        .sort(),
    );
  }
});
