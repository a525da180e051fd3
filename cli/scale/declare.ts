import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples, notNegative, queueCommand, type Runner, timeAhead, wholeNumber } from '../command';

export function declareScale(program: Command, run: Runner): void {
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
    .action((n, options) => run(async (context) => (await import('./scale.js')).scale(n, options, context)));
}

/** A name as Kubernetes has it. Nothing is no name: it would be another namespace, or another Job. */
function objectName(text: string): string {
  if (text.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Allowed are lower-case letters, digits, hyphens and dots: the name alone.');
  return text;
}
