import { type Command, Option } from 'commander';
import { examples, notNegative, positive, queueCommand, type Runner } from '../command';

export function declareStatus(program: Command, run: Runner): void {
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
    .action((options) => run(async (context) => (await import('./status.js')).status(options, context)));
}
