import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { completion, SHELLS } from './completion';
import type { Context } from './context';
import { timeSpan } from './text';

/** Why items are dead. */
const REASONS = ['handler', 'crash', 'invalid'];

/** Where items are that are left. */
const STATES = ['waiting', 'running', 'retrying'];

/** Runs a subcommand; a number that it returns is the exit code. */
export type Runner = (command: (context: Context) => Promise<unknown>) => Promise<void>;

/** The subcommands with all that they take. What they do is loaded when one of them runs. */
export function buildProgram(version: string, run: Runner): Command {
  const program = new Command('rwq')
    .description('Manage Redis work queues: fill them, watch them, handle dead letters.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      examples(
        'rwq fill fruits.txt --seal --queue job2 --url redis://localhost:6379',
        'rwq status --watch --queue job2 --kube default/redis',
        'rwq run worker.ts --workers 4 --items fruits.txt',
        'rwq explain dist/*.yaml',
      ),
    )
    .addHelpText('after', '\n--kube, --url or REDIS_URL names the Redis, --queue or WORK_QUEUE_NAME the queue.');

  queueCommand(program, 'fill', 'push the items of a file, one on each line')
    .argument('<file>', 'file, or - for standard input')
    .option('--ndjson', 'each line must be JSON; a file is checked before anything is pushed')
    .option('--key <field>', 'field of each JSON line by which an item enters once, or . for the whole line')
    .option('--batch-id <id>', 'identity of these items: filling again pushes only what is missing')
    .option('--seal', 'seal the queue afterwards, so that an empty queue means done')
    .addOption(
      new Option('--on-full <what>', 'where Redis has no room: fail after --timeout, or wait for room').choices([
        'fail',
        'wait',
      ]),
    )
    .option('--allow-empty', 'accept an input without items as an empty batch')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      examples(
        'rwq fill fruits.txt --queue job2',
        'rwq fill urls.ndjson --ndjson --batch-id 2026-11-23 --seal --queue thumbnails',
        'find . -name "*.png" | rwq fill - --queue images --seal',
      ),
    )
    .action((file, options) => run(async (context) => (await import('./fill/index.js')).fill(file, options, context)));

  queueCommand(program, 'seal', 'fix the total, so that an empty queue means done')
    .option('--batch-id <id>', 'the batch that must be in the queue')
    .option('--total <n>', 'refuse unless the batch, or else the queue, has this many items', wholeNumber(0))
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', examples('rwq seal --queue job2', 'rwq seal --queue job2 --batch-id 2026-11-23 --total 5000'))
    .action((options) => run(async (context) => (await import('./fill/index.js')).seal(options, context)));

  storeCommand(program, 'queues', 'the queues of a Redis, each with its state and counts')
    .option('--json', 'print one JSON object on each line')
    .addHelpText(
      'after',
      examples(
        'rwq queues --url redis://localhost:6379',
        'rwq queues --json --kube jobs/redis | jq -r \'select(.state == "failed").queue\'',
      ),
    )
    .action((options) => run(async (context) => (await import('./queues/index.js')).queues(options, context)));

  queueCommand(program, 'items', 'the items that are left: those that wait, run, or are tried again')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--search <text>', 'only those whose payloads hold this text')
    .option('--limit <n>', 'at most this many (default: 50 on a terminal, else all)', wholeNumber(1))
    .option('--json', 'print one JSON object on each line, payloads exact')
    .addOption(new Option('--raw', 'print only the payloads, byte for byte, each with a line break').conflicts('json'))
    .addHelpText(
      'after',
      examples(
        'rwq items --queue job2',
        'rwq items --state running --queue job2',
        'rwq items --search customer-17 --json --queue job2 --kube jobs/redis',
        'rwq items --state waiting --raw --queue job2 > left.txt',
      ),
    )
    .action((options) => run(async (context) => (await import('./queues/index.js')).items(options, context)));

  queueCommand(program, 'status', 'how many items wait, run, are done or dead')
    .option('--json', 'print one JSON object: counts, state, rate, timeLeft, workers and all else that is known')
    .option('-w, --watch', 'refresh until the queue is sealed and empty')
    .addOption(
      new Option(
        '--interval <seconds>',
        'between two refreshes of --watch (default: 1 on a terminal, else 10)',
      ).argParser(positive),
    )
    .addOption(
      new Option('--sample <seconds>', 'time over which the rate is measured; 0: the average, at once')
        .argParser(notNegative)
        .default(1),
    )
    .option('--exit-code', 'exit 0: drained, 3: items are left, 80: drained with dead letters, 82: data lost')
    .addHelpText(
      'after',
      examples(
        'rwq status --queue job2',
        'rwq status --watch --queue job2 --kube jobs/redis',
        'rwq status --json --queue job2 | jq .waiting',
        'rwq status --watch --exit-code --queue job2 && echo all done',
      ),
    )
    .action((options) => run(async (context) => (await import('./status/index.js')).status(options, context)));

  const metrics = command(program, 'metrics', 'what there is to measure, as Prometheus reads it')
    .addOption(
      new Option('-q, --queue <name...>', 'these queues (default: all queues of the Redis)').helpGroup('Which queues:'),
    )
    .option('--once', 'print it and end, which is the default')
    .addOption(
      new Option('--listen [address]', 'serve it at /metrics, on [host:]port')
        .preset('127.0.0.1:9464')
        .conflicts('once'),
    )
    .addHelpText(
      'after',
      examples(
        'rwq metrics --url redis://localhost:6379',
        'rwq metrics --listen --kube jobs/redis',
        'rwq metrics --listen :9464 --queue fruit --queue vegetables',
      ),
    )
    .addHelpText(
      'after',
      [
        '\n--listen alone serves on 127.0.0.1:9464, to this machine. While Redis is away, it says so',
        'by redis_work_queue_store_up 0. A store of a chart serves the same by itself:',
        'RedisStore.pod(chart, "redis", { metrics: true }).',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./metrics/index.js')).metrics(options, context)));
  withStoreOptions(metrics, 'Which queues:');

  const waiting = command(program, 'wait', 'wait until a queue is drained, and exit as its Job will')
    .addOption(queueOption())
    .option('--batch-id <id>', 'wait for this batch (default: whatever the queue holds)')
    .addOption(
      new Option('--timeout <time>', 'give up after 90s, 30m, 1h30m, and exit 3 (default: never)').argParser(
        timeToWait,
      ),
    )
    .addOption(
      new Option(
        '--start-timeout <time>',
        'exit 83 where nothing is filled in for so long; 0: never (default: 10m)',
      ).argParser(timeOrNone),
    )
    .addOption(
      new Option('--settle <time>', 'how long a queue that is not sealed must stay empty (default: 30s)').argParser(
        timeOrNone,
      ),
    )
    .option('--tolerate-dead-letters', 'exit 0 in spite of dead letters, as a Job does with tolerateDeadLetters')
    .addOption(
      new Option('--fail-fast', 'exit 80 at the first dead letter, as a Job does with failFast').conflicts(
        'tolerateDeadLetters',
      ),
    )
    .option('--summary <file>', 'add a summary in Markdown to this file (default: GITHUB_STEP_SUMMARY, if it is set)')
    .option('--json', 'print the outcome as JSON');
  withStoreOptions(waiting, 'Which queue:', false)
    .addHelpText(
      'after',
      examples(
        'rwq wait --queue job2 --kube jobs/redis --timeout 2h',
        'rwq fill items.txt --batch-id 7 --seal --queue job2 && rwq wait --batch-id 7 --queue job2',
      ),
    )
    .addHelpText(
      'after',
      [
        '\nExit codes: 0: every item is done, 80: dead letters or cancelled, 82: data lost,',
        '83: never filled in, 3: --timeout, 84: Redis did not answer for 5 minutes.',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./wait/index.js')).wait(options, context)));

  const dead = program
    .command('dead')
    .description('list, show, run, retry or drop dead letters')
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      examples(
        'rwq dead list --group --queue job2',
        'rwq dead show 17 --queue job2',
        "rwq dead retry --where 'error~HTTP 503' --queue job2",
      ),
    );
  queueCommand(dead, 'list', 'the dead letters, with the reason')
    .option('--group', 'count them by what their errors have in common')
    .addOption(new Option('--reason <reason>', 'only those with this reason').choices(REASONS))
    .addOption(where())
    .option('--limit <n>', 'at most this many, in no order; with --group, the largest groups', wholeNumber(1))
    .option('--json', 'print one JSON object on each line, payloads exact')
    .addHelpText('after', CONDITIONS)
    .addHelpText(
      'after',
      examples(
        'rwq dead list --queue job2',
        'rwq dead list --group --queue job2',
        "rwq dead list --where reason=crash --where 'at>=2026-11-26T10:00' --queue job2",
        'rwq dead list --json --queue job2 | jq -r .payload > again.txt',
      ),
    )
    .action((options) => run(async (context) => (await import('./dead/index.js')).list(options, context)));
  queueCommand(dead, 'show', 'one dead letter in full')
    .argument('<id>', 'as `dead list` prints it', wholeNumber(1))
    .option('--json', 'print one JSON object')
    .addOption(new Option('--raw', 'print only the payload, byte for byte').conflicts('json'))
    .addHelpText('after', examples('rwq dead show 17 --queue job2', 'rwq dead show 17 --raw --queue job2 > item.bin'))
    .action((id, options) => run(async (context) => (await import('./dead/index.js')).show(id, options, context)));
  queueCommand(dead, 'run', 'one attempt at a dead letter on this machine; the queue stays as it is')
    .argument('<id>', 'as `dead list` prints it', wholeNumber(1))
    .argument('<worker>', 'the file that calls runWorker: JavaScript, or TypeScript run by tsx, esbuild or Node.js')
    .option('--inspect', 'wait for a debugger, such as chrome://inspect, and set no timeouts')
    .option('--settle', 'if it is done, book the dead letter as done')
    .option('--json', 'print the outcome as JSON, and the lines of the worker on standard error')
    .addHelpText(
      'after',
      examples(
        'rwq dead run 17 worker.ts --queue job2',
        'rwq dead run 17 worker.ts --inspect --queue job2 --kube jobs/redis',
        'rwq dead run 17 worker.ts --settle --queue job2',
      ),
    )
    .addHelpText(
      'after',
      [
        '\nThe worker runs with a Redis of its own, in which this item is all there is, under',
        'its own number. What the handler does elsewhere, it does. Neither a finalizer nor',
        'follow-up items run. It ends with 0 if the item is done, with 80 if it is not, else',
        'with the exit code of the worker.',
      ].join('\n'),
    )
    .action((id, file, options) =>
      run(async (context) => (await import('./dead/index.js')).runHere(id, file, options, context)),
    );
  queueCommand(dead, 'retry', 'send dead letters back to the front of the queue, with all attempts')
    .addArgument(new Argument('[id...]', 'as `dead list` prints them').argParser(collectIds))
    .option('--all', 'all of them')
    .addOption(where('those for which this holds, after confirmation; several: all hold'))
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', CONDITIONS)
    .addHelpText(
      'after',
      examples(
        'rwq dead retry 17 21 --queue job2',
        'rwq dead retry --all --queue job2',
        "rwq dead retry --where 'error~HTTP 503' --yes --queue job2",
      ),
    )
    .action((ids, options) =>
      run(async (context) => (await import('./dead/index.js')).retry(ids ?? [], options, context)),
    );
  queueCommand(dead, 'drop', 'remove dead letters for good, so that they do not fail the Job')
    .addArgument(new Argument('[id...]', 'as `dead list` prints them').argParser(collectIds))
    .option('--all', 'all of them, after confirmation')
    .addOption(where('those for which this holds, after confirmation; several: all hold'))
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', CONDITIONS)
    .addHelpText(
      'after',
      examples(
        'rwq dead drop 17 --queue job2',
        'rwq dead drop --all --yes --queue job2',
        'rwq dead drop --where reason=invalid --queue job2',
      ),
    )
    .action((ids, options) =>
      run(async (context) => (await import('./dead/index.js')).drop(ids ?? [], options, context)),
    );

  queueCommand(program, 'results', 'what handlers returned, if workers keep results')
    .option('--json', 'print one JSON object on each line, payloads exact')
    .addHelpText('after', examples('rwq results --queue job2', 'rwq results --json --queue job2 > results.ndjson'))
    .action((options) => run(async (context) => (await import('./care/index.js')).results(options, context)));
  queueCommand(program, 'pause', 'stop handing out items; running items go on')
    .addHelpText('after', examples('rwq pause --queue job2'))
    .action((options) => run(async (context) => (await import('./care/index.js')).pause(options, context)));
  queueCommand(program, 'resume', 'hand out items again')
    .addHelpText('after', examples('rwq resume --queue job2'))
    .action((options) => run(async (context) => (await import('./care/index.js')).resume(options, context)));
  queueCommand(program, 'cancel', 'stop for good: drop what is not done, and end the workers with 80')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', examples('rwq cancel --queue job2', 'rwq cancel --yes --json --queue job2'))
    .addHelpText(
      'after',
      [
        '\nNothing is handed out any more. Items that wait are dropped. Workers hear of it',
        'within a quarter of their lease; what runs is aborted, and dropped unless it ends',
        'well. The Job fails. The queue takes no other fill before `rwq purge`.',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./care/index.js')).cancel(options, context)));
  queueCommand(program, 'purge', 'remove the queue and everything that belongs to it')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples('rwq purge --queue job2', 'rwq purge --yes --queue job2'))
    .action((options) => run(async (context) => (await import('./care/index.js')).purge(options, context)));

  const ui = command(program, 'ui', 'a page in the browser: queues, charts, workers, items, dead letters')
    .option('-q, --queue <name...>', 'only these queues (default: all of the Redis)')
    .option('--write', 'let the page retry and drop dead letters, pause, resume and cancel')
    .option('--open', 'open it in the browser')
    .option(
      '--port <n>',
      'port to listen on (default: 7380, or a free one where that is taken)',
      wholeNumber(1, 65_535),
    )
    .option('--host <name>', 'listen on this name or address of the machine, with an access token (default: 127.0.0.1)')
    .addHelpText(
      'after',
      examples('rwq ui --url redis://localhost:6379', 'rwq ui --kube jobs/redis --open', 'rwq ui --write --port 8080'),
    )
    .action((options) => run(async (context) => (await import('./ui/index.js')).ui(options, context)));
  withStoreOptions(ui, 'Which Redis:');

  queueCommand(program, 'scale', 'change the number of workers of a Job, once, while it runs')
    .argument('[n]', 'workers that there should be', wholeNumber(1, 100_000))
    .addOption(
      new Option(
        '--finish-in <time>',
        'as many as it takes to finish within 90s, 30m, 1h30m, by the rate of those that run',
      ).argParser(timeAhead),
    )
    .option('--max <n>', 'no more than this for --finish-in', wholeNumber(1, 100_000))
    .addOption(
      new Option(
        '--sample <seconds>',
        'time over which the rate is measured; 0: the average, at once (default: for 50 items, 5 to 30 s)',
      ).argParser(notNegative),
    )
    .option(
      '--job <name>',
      'the Job (default: the one whose workers have WORK_QUEUE_NAME set to the queue)',
      objectName,
    )
    .option('-n, --namespace <name>', "namespace of the Job (default: that of --kube, else kubectl's)", objectName)
    .option('--dry-run', 'print the kubectl command, and change nothing')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      examples(
        'rwq scale 20 --queue job2',
        'rwq scale --finish-in 30m --max 100 --queue job2 --kube jobs/redis',
        'rwq scale 1 --job fruit-1a2b3c4d -n jobs --dry-run',
      ),
    )
    .addHelpText(
      'after',
      [
        '\nIt patches parallelism of the Job, and completions where it is Indexed. A number',
        'needs no Redis. Fewer workers: Kubernetes deletes pods, of an Indexed Job those',
        'with the highest indexes. They get SIGTERM and finish what they can in their',
        'grace period; other items go back to the queue, uncharged.',
      ].join('\n'),
    )
    .action((n, options) => run(async (context) => (await import('./scale/index.js')).scale(n, options, context)));

  command(program, 'run', 'the whole pattern on this machine: a private Redis, the items, worker processes')
    .argument('<worker>', 'the file that calls runWorker: JavaScript, or TypeScript run by tsx, esbuild or Node.js')
    .requiredOption('--items <file>', 'file with one item on each line')
    .option('--ndjson', 'each line must be JSON')
    .option('--workers <n>', 'processes at once', wholeNumber(1, 256), 2)
    .option('--queue <name>', 'name of the queue (default: WORK_QUEUE_NAME, else the one that the worker opens)')
    .option('--backoff-limit <n>', 'crashes of workers after which the run fails', wholeNumber(0), 30)
    .addHelpText(
      'after',
      examples(
        'rwq run worker.ts --workers 4 --items fruits.txt',
        'rwq run build/worker.js --items urls.ndjson --ndjson',
      ),
    )
    .addHelpText('after', '\nIt ends with the exit code of a worker: 0, or 80 if items are dead letters.')
    .action((file, options) => run(async (context) => (await import('./run/index.js')).run(file, options, context)));

  command(program, 'explain', 'say in plain words what synthesized manifests will run')
    .argument('<file...>', 'YAML files, folders of them, or - for standard input')
    .addHelpText('after', examples('rwq explain dist/*.yaml', 'npx cdk8s synth -p | rwq explain -'))
    .action((files) => run(async (context) => (await import('./explain/index.js')).explain(files, context)));

  command(program, 'init', 'write a small project: a queue, its worker, a chart and a test')
    .argument('<folder>', 'a folder that is empty or does not exist')
    .option('--name <name>', 'name of the project, the queue and the chart (default: the name of the folder)')
    .addHelpText('after', examples('npx cdk8s-redis-work-queue init my-queue', 'rwq init . --name thumbnails'))
    .action((folder, options) =>
      run(async (context) => (await import('./init/index.js')).init(folder, options, context)),
    );

  command(program, 'completion', 'print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(rwq completion bash)                              # in ~/.bashrc',
        'source <(rwq completion zsh)                               # in ~/.zshrc, after compinit',
        'rwq completion fish > ~/.config/fish/completions/rwq.fish',
      ),
    )
    .action((shell) => run(async (context) => context.out(completion(shell, program))));

  return program;
}

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .helpOption('-h, --help', 'print this help')
    .option('--debug', 'print errors with their stack trace');
}

/** A command that talks to a queue. */
function queueCommand(parent: Command, name: string, description: string): Command {
  return withStoreOptions(command(parent, name, description).addOption(queueOption()), 'Which queue:');
}

function queueOption(): Option {
  return new Option('-q, --queue <name>', 'name of the queue (default: WORK_QUEUE_NAME)').helpGroup('Which queue:');
}

/** A command that talks to a Redis, whatever queues are there. */
function storeCommand(parent: Command, name: string, description: string): Command {
  return withStoreOptions(command(parent, name, description), 'Which Redis:');
}

/** Gives a command the options that say which Redis it talks to, and for how long it tries, unless it knows that itself. */
function withStoreOptions(command: Command, group: string, hasTimeout = true): Command {
  for (const option of [
    new Option('--url <url>', 'redis://host:port or rediss://host:port (default: REDIS_URL)'),
    new Option('--kube <service>', '[namespace/]service[:port]: through kubectl port-forward').conflicts('url'),
    new Option('--kube-context <name>', 'context of kubectl for --kube'),
    new Option('--password-file <file>', 'file that holds the password (default: REDIS_PASSWORD_FILE)'),
    new Option('--cacert <file>', 'PEM file of authorities to trust for Redis (default: REDIS_CA_FILE)'),
    new Option('--cert <file>', 'PEM file of a client certificate (default: REDIS_CERT_FILE)'),
    new Option('--cert-key <file>', 'PEM file of its key (default: REDIS_KEY_FILE)'),
    new Option('--tls-servername <name>', 'whom the certificate must be for (default: the host, or the Service)'),
    ...(hasTimeout
      ? [new Option('--timeout <seconds>', 'how long to try to reach Redis').argParser(positive).default(10)]
      : []),
  ]) {
    command.addOption(option.helpGroup(group));
  }
  return command;
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const to = max === Number.MAX_SAFE_INTEGER ? ` from ${min} on` : ` from ${min} to ${max}`;
      throw new InvalidArgumentError(`Allowed are whole numbers${to}.`);
    }
    return value;
  };
}

/** A name as Kubernetes has it. Nothing is no name: it would be another namespace, or another Job. */
function objectName(text: string): string {
  if (text.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Allowed are lower-case letters, digits, hyphens and dots: the name alone.');
  return text;
}

/** Which dead letters are meant. */
function where(description = 'only those for which this holds; several: all hold'): Option {
  return new Option('--where <condition>', description).argParser((text: string, before: string[] | undefined) => [
    ...(before ?? []),
    text,
  ]);
}

const CONDITIONS = [
  '\nConditions:',
  '  reason=crash                  or handler, invalid; !=',
  '  error~503  worker~pod-7       ~ and !~ look for a text, in whatever case; = and !=',
  '  item~https://                 the payload; likewise',
  "  'kind=Error: HTTP 503'        errors of the kind of this one; !=",
  "  'attempts>=3'  'id<100'       = != < <= > >=",
  "  'duration>30s'                the last attempt; likewise",
  "  'at>=2026-11-26T10:00'        when it was given up, in UTC; likewise",
].join('\n');

function collectIds(text: string, ids: number[] | undefined): number[] {
  return [...(ids ?? []), wholeNumber(1)(text)];
}

const YEAR = 31_536_000;

/** A time with its units, or seconds. */
function timeOrNone(text: string): number {
  const seconds = SECONDS.test(text) ? Number(text) : timeSpan(text);
  if (seconds === undefined || seconds > YEAR)
    throw new InvalidArgumentError('Allowed are times such as 90s, 30m, 2h or 1h30m, or seconds, at most a year.');
  return seconds;
}

function timeToWait(text: string): number {
  const seconds = timeOrNone(text);
  if (seconds <= 0) throw new InvalidArgumentError('Allowed are times of more than 0, such as 90s, 30m, 2h or 1h30m.');
  return seconds;
}

function timeAhead(text: string): number {
  const seconds = timeSpan(text) ?? 0;
  if (seconds <= 0 || seconds > YEAR)
    throw new InvalidArgumentError('Allowed are times such as 90s, 30m, 2h or 1h30m, at most a year.');
  return seconds;
}

const SECONDS = /^\d+(\.\d+)?$/;
const DAY = 86_400;

function positive(text: string): number {
  const value = Number(text);
  if (!SECONDS.test(text) || value <= 0 || value > DAY)
    throw new InvalidArgumentError('Allowed are seconds, more than 0 and at most a day.');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (!SECONDS.test(text) || value > DAY)
    throw new InvalidArgumentError('Allowed are seconds, 0 or more and at most a day.');
  return value;
}
