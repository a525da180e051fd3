import { type Command, Option } from 'commander';
import { examples, queueCommand, type Runner, storeCommand, wholeNumber } from '../command';

/** Where items are that are left. */
const STATES = ['waiting', 'running', 'retrying'];

export function declareQueues(program: Command, run: Runner): void {
  storeCommand(program, 'queues', 'the queues of a Redis, each with its state and counts')
    .option('--json', 'print one JSON object on each line')
    .addHelpText(
      'after',
      examples(
        'rwq queues --url redis://localhost:6379',
        'rwq queues --json --kube jobs/redis | jq -r \'select(.state == "failed").queue\'',
      ),
    )
    .action((options) => run(async (context) => (await import('./queues.js')).queues(options, context)));
}

export function declareItems(program: Command, run: Runner): void {
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
    .action((options) => run(async (context) => (await import('./items.js')).items(options, context)));
}
