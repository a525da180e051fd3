import { Command } from 'commander';
import { declareAgent } from './agent/declare';
import { declareCancel, declarePause, declarePurge, declareResults, declareResume } from './care/declare';
import { examples, type Runner } from './command';
import { declareCompletion } from './completion';
import { declareDead } from './dead/declare';
import { declareExplain } from './explain/declare';
import { declareFill, declareSeal } from './fill/declare';
import { declareInit } from './init/declare';
import { declareMetrics } from './metrics/declare';
import { declareItems, declareQueues } from './queues/declare';
import { declareRun } from './run/declare';
import { declareScale } from './scale/declare';
import { declareStatus } from './status/declare';
import { declareUi } from './ui/declare';
import { declareWait } from './wait/declare';

/** The subcommands, in the order in which the help lists them. */
const DECLARED = [
  declareFill,
  declareSeal,
  declareQueues,
  declareItems,
  declareStatus,
  declareMetrics,
  declareWait,
  declareDead,
  declareResults,
  declarePause,
  declareResume,
  declareCancel,
  declarePurge,
  declareUi,
  declareScale,
  declareRun,
  declareAgent,
  declareExplain,
  declareInit,
  declareCompletion,
];

/** The subcommands with all that they take. What they do is loaded when one of them runs. */
export function buildProgram(version: string, run: Runner): Command {
  const program = new Command('rwq')
    .description('Manage Redis work queues: fill them, watch them, handle dead letters.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      examples(
        'rwq fill fruits.txt --seal --queue job2 --url redis://localhost:6379',
        'rwq status --watch --queue job2 --kube default/redis',
        'rwq run worker.ts --workers 4 --items fruits.txt',
        'rwq explain dist/*.yaml',
      ),
    )
    .addHelpText('after', '\n--kube, --url or REDIS_URL names the Redis, --queue or WORK_QUEUE_NAME the queue.');

  for (const declare of DECLARED) declare(program, run);
  return program;
}
