import { type Command, InvalidArgumentError, Option } from 'commander';
import { command, examples, queueOption, type Runner, timeOrNone, withStoreOptions } from '../command';

export function declareWait(program: Command, run: Runner): void {
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
    .action((options) => run(async (context) => (await import('./wait.js')).wait(options, context)));
}

function timeToWait(text: string): number {
  const seconds = timeOrNone(text);
  if (seconds <= 0) throw new InvalidArgumentError('Allowed are times of more than 0, such as 90s, 30m, 2h or 1h30m.');
  return seconds;
}
