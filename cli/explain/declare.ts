import type { Command } from 'commander';
import { command, examples, type Runner } from '../command';

export function declareExplain(program: Command, run: Runner): void {
  command(program, 'explain', 'say in plain words what synthesized manifests will run')
    .argument('<file...>', 'YAML files, folders of them, or - for standard input')
    .addHelpText('after', examples('rwq explain dist/*.yaml', 'npx cdk8s synth -p | rwq explain -'))
    .action((files) => run(async (context) => (await import('./explain.js')).explain(files, context)));
}
