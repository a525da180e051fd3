import { type Command, Option } from 'commander';
import { examples, queueCommand, type Runner, wholeNumber } from '../command';

export function declareFill(program: Command, run: Runner): void {
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
    .action((file, options) => run(async (context) => (await import('./fill.js')).fill(file, options, context)));
}

export function declareSeal(program: Command, run: Runner): void {
  queueCommand(program, 'seal', 'fix the total, so that an empty queue means done')
    .option('--batch-id <id>', 'the batch that must be in the queue')
    .option('--total <n>', 'refuse unless the batch, or else the queue, has this many items', wholeNumber(0))
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', examples('rwq seal --queue job2', 'rwq seal --queue job2 --batch-id 2026-11-23 --total 5000'))
    .action((options) => run(async (context) => (await import('./fill.js')).seal(options, context)));
}
