import type { Command } from 'commander';
import { examples, queueCommand, type Runner } from '../command';

export function declareResults(program: Command, run: Runner): void {
  queueCommand(program, 'results', 'what handlers returned, if workers keep results')
    .option('--json', 'print one JSON object on each line, payloads exact')
    .addHelpText('after', examples('rwq results --queue job2', 'rwq results --json --queue job2 > results.ndjson'))
    .action((options) => run(async (context) => (await import('./care.js')).results(options, context)));
}

export function declarePause(program: Command, run: Runner): void {
  queueCommand(program, 'pause', 'stop handing out items; running items go on')
    .addHelpText('after', examples('rwq pause --queue job2'))
    .action((options) => run(async (context) => (await import('./care.js')).pause(options, context)));
}

export function declareResume(program: Command, run: Runner): void {
  queueCommand(program, 'resume', 'hand out items again')
    .addHelpText('after', examples('rwq resume --queue job2'))
    .action((options) => run(async (context) => (await import('./care.js')).resume(options, context)));
}

export function declareCancel(program: Command, run: Runner): void {
  queueCommand(program, 'cancel', 'stop for good: drop what is not done, and end the workers with 80')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', examples('rwq cancel --queue job2', 'rwq cancel --yes --json --queue job2'))
    .addHelpText(
      'after',
      [
        '\nNothing is handed out any more. Items that wait are dropped. Workers hear of it',
        'within a quarter of their lease; what runs is aborted, and dropped unless it ends',
        'well. The Job fails. The queue takes no other fill before `rwq purge`.',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./care.js')).cancel(options, context)));
}

export function declarePurge(program: Command, run: Runner): void {
  queueCommand(program, 'purge', 'remove the queue and everything that belongs to it')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples('rwq purge --queue job2', 'rwq purge --yes --queue job2'))
    .action((options) => run(async (context) => (await import('./care.js')).purge(options, context)));
}
