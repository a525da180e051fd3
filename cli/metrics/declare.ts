import { type Command, Option } from 'commander';
import { command, examples, type Runner, withStoreOptions } from '../command';

export function declareMetrics(program: Command, run: Runner): void {
  const metrics = command(program, 'metrics', 'what there is to measure, as Prometheus reads it')
    .addOption(
      new Option('-q, --queue <name...>', 'these queues (default: all queues of the Redis)').helpGroup('Which queues:'),
    )
    .option('--once', 'print it and end, which is the default')
    .addOption(
      new Option('--listen [address]', 'serve it at /metrics, on [host:]port')
        .preset('127.0.0.1:9464')
        .conflicts('once'),
    )
    .addHelpText(
      'after',
      examples(
        'rwq metrics --url redis://localhost:6379',
        'rwq metrics --listen --kube jobs/redis',
        'rwq metrics --listen :9464 --queue fruit --queue vegetables',
      ),
    )
    .addHelpText(
      'after',
      [
        '\n--listen alone serves on 127.0.0.1:9464, to this machine. While Redis is away, it says so',
        'by redis_work_queue_store_up 0. A store of a chart serves the same by itself:',
        'RedisStore.pod(chart, "redis", { metrics: true }).',
      ].join('\n'),
    )
    .action((options) => run(async (context) => (await import('./metrics.js')).metrics(options, context)));
  withStoreOptions(metrics, 'Which queues:');
}
