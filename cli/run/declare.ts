import type { Command } from 'commander';
import { command, examples, type Runner, wholeNumber } from '../command';

export function declareRun(program: Command, run: Runner): void {
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
    .action((file, options) => run(async (context) => (await import('./run.js')).run(file, options, context)));
}
