import type { Command } from 'commander';
import { command, examples, type Runner } from '../command';

export function declareInit(program: Command, run: Runner): void {
  command(program, 'init', 'write a small project: a queue, its worker, a chart and a test')
    .argument('<folder>', 'a folder that is empty or does not exist')
    .option('--name <name>', 'name of the project, the queue and the chart (default: the name of the folder)')
    .addHelpText('after', examples('npx cdk8s-redis-work-queue init my-queue', 'rwq init . --name thumbnails'))
    .action((folder, options) => run(async (context) => (await import('./init.js')).init(folder, options, context)));
}
