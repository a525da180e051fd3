import { Argument, type Command, Option } from 'commander';
import { examples, queueCommand, type Runner, wholeNumber } from '../command';

/** Why items are dead. */
const REASONS = ['handler', 'crash', 'invalid'];

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

export function declareDead(program: Command, run: Runner): void {
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
    .action((options) => run(async (context) => (await import('./list.js')).list(options, context)));
  queueCommand(dead, 'show', 'one dead letter in full')
    .argument('<id>', 'as `dead list` prints it', wholeNumber(1))
    .option('--json', 'print one JSON object')
    .addOption(new Option('--raw', 'print only the payload, byte for byte').conflicts('json'))
    .addHelpText('after', examples('rwq dead show 17 --queue job2', 'rwq dead show 17 --raw --queue job2 > item.bin'))
    .action((id, options) => run(async (context) => (await import('./show.js')).show(id, options, context)));
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
      run(async (context) => (await import('./run-here.js')).runHere(id, file, options, context)),
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
    .action((ids, options) => run(async (context) => (await import('./change.js')).retry(ids ?? [], options, context)));
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
    .action((ids, options) => run(async (context) => (await import('./change.js')).drop(ids ?? [], options, context)));
}

/** Which dead letters are meant. */
function where(description = 'only those for which this holds; several: all hold'): Option {
  return new Option('--where <condition>', description).argParser((text: string, before: string[] | undefined) => [
    ...(before ?? []),
    text,
  ]);
}

function collectIds(text: string, ids: number[] | undefined): number[] {
  return [...(ids ?? []), wholeNumber(1)(text)];
}
