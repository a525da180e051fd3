import { type Command, Option } from 'commander';
import { command, examples, type Runner, timeOrNone, wholeNumber } from '../command';
import { UsageError } from '../failures';

const OF_COMMANDS = 'With a command for each item:';

export function declareRun(program: Command, run: Runner): void {
  const declared = command(
    program,
    'run',
    'the whole pattern on this machine: a private Redis, the items, worker processes',
  )
    .usage('[options] <worker>\n       rwq run [options] --exec <command>\n       rwq run [options] -- <word...>')
    .argument('[worker]', 'the file that calls runWorker: JavaScript, or TypeScript run by tsx, esbuild or Node.js')
    .argument('[word...]', 'a command for each item, without a shell: its words, behind --')
    .requiredOption('--items <file>', 'file with one item on each line, or - for standard input')
    .option('--ndjson', 'each line must be JSON')
    .option('--workers <n>', 'processes at once', wholeNumber(1, 256), 2)
    .option(
      '--concurrency <n>',
      'items at once in each (default: WORK_QUEUE_CONCURRENCY, else 1)',
      wholeNumber(1, 10_000),
    )
    .option('--queue <name>', 'name of the queue (default: WORK_QUEUE_NAME, else the one that the worker opens)')
    .option('--backoff-limit <n>', 'crashes of workers after which the run fails', wholeNumber(0), 30)
    .option('--exec <command>', 'a command for each item, for a shell; {} is the item, as one word');
  for (const option of [
    new Option('--input <how>', 'the item is an argument, or on standard input (default: argument)').choices([
      'argument',
      'stdin',
    ]),
    new Option('--dead <codes>', 'exit codes that give an item up at once (default: 65)'),
    new Option('--later <codes>', 'exit codes that put it off, uncharged (default: 75)'),
    new Option('--later-in <time>', 'until it is due again (default: 30s)').argParser(timeOrNone),
    new Option('--results <file>', 'keep standard output as results, and write them to this file'),
    new Option('--kill-after <time>', 'between SIGTERM and SIGKILL (default: 5s)').argParser(timeOrNone),
    new Option('--dry-run', 'print the commands, and run nothing'),
  ]) {
    declared.addOption(option.helpGroup(OF_COMMANDS));
  }
  declared
    .addHelpText(
      'after',
      examples(
        'rwq run worker.ts --workers 4 --items fruits.txt',
        'rwq run build/worker.js --items urls.ndjson --ndjson',
        "rwq run --exec 'convert {} -resize 200x200 out/{id}.jpg' --items files.txt",
        "find . -name '*.wav' | rwq run --items - --concurrency 4 -- flac --best {}",
      ),
    )
    .addHelpText(
      'after',
      [
        '\nIn a command, {} is the item, {id} its number, and {attempt} which attempt it is;',
        'without {}, the item is its last word. It ends with the exit code of a worker: 0, or',
        '80 if items are dead letters.',
      ].join('\n'),
    )
    .action((worker, more, options, { parent }) => {
      const all: string[] = [worker, ...(more ?? [])].filter((each) => each !== undefined);
      const given = split(all, (parent as Command & { rawArgs: string[] }).rawArgs);
      return run(async (context) => {
        const [file, ...others] = given.before;
        if (others.length > 0) {
          throw new UsageError(
            `${file} is followed by ${others.join(' ')}. The words of a command stand behind --: rwq run --items FILE -- ${file} …`,
          );
        }
        return (await import('./run.js')).run({ file, words: given.behind }, options, context);
      });
    });
}

/** Arguments before and behind `--`, of which commander keeps no trace. */
function split(args: readonly string[], raw: readonly string[]) {
  const end = raw.indexOf('--');
  const count = end < 0 ? 0 : raw.length - end - 1;
  return { before: args.slice(0, args.length - count), behind: args.slice(args.length - count) };
}
