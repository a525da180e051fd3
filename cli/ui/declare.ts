import type { Command } from 'commander';
import { command, examples, type Runner, wholeNumber, withStoreOptions } from '../command';

export function declareUi(program: Command, run: Runner): void {
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
    .action((options) => run(async (context) => (await import('./ui.js')).ui(options, context)));
  withStoreOptions(ui, 'Which Redis:');
}
