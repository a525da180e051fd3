import type { Command } from 'commander';
import type { Context } from '../context';
import { queueOption, withStoreOptions } from './store-options';

/** Runs a subcommand; a number that it returns is the exit code. */
export type Runner = (command: (context: Context) => Promise<unknown>) => Promise<void>;

export function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .helpOption('-h, --help', 'print this help')
    .option('--debug', 'print errors with their stack trace');
}

/** A command that talks to a queue. */
export function queueCommand(parent: Command, name: string, description: string): Command {
  return withStoreOptions(command(parent, name, description).addOption(queueOption()), 'Which queue:');
}

/** A command that talks to a Redis, whatever queues are there. */
export function storeCommand(parent: Command, name: string, description: string): Command {
  return withStoreOptions(command(parent, name, description), 'Which Redis:');
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
