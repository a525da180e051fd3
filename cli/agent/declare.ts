import { type Command, Option } from 'commander';
import { command, examples, queueOption, type Runner } from '../command';

export function declareAgent(program: Command, run: Runner): void {
  command(program, 'agent', 'the work agent on this machine, which hands items to a program over HTTP')
    .addOption(queueOption())
    .addOption(
      new Option('--url <url>', 'redis://host:port or rediss://host:port (default: REDIS_URL)').helpGroup(
        'Which queue:',
      ),
    )
    .option('--listen <address>', 'host:port to listen on, of this machine alone', '127.0.0.1:7440')
    .option('--socket <path>', 'a Unix socket to listen on as well')
    .addHelpText(
      'after',
      examples(
        'rwq agent --queue fruit --url redis://localhost:6379',
        'rwq agent --queue fruit --listen 127.0.0.1:7441',
      ),
    )
    .addHelpText(
      'after',
      [
        '\nThe program finds it at WORK_QUEUE_AGENT=http://127.0.0.1:7440. Its settings are the',
        'variables of a worker, such as WORK_QUEUE_ITEM_TIMEOUT_MS. It ends with the exit code of a',
        'worker: 0 when the queue is drained, 80 if items are dead letters.',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./agent.js')).agent(options, context)));
}
