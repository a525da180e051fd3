import { join } from 'node:path';
import { App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { RedisStore, RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import { Chess } from 'chess.js';
import type { Construct } from 'constructs';
import { positions } from './queue';

export interface CountGamesProps {
  /** Half-moves, the first one included: 3 are 8,902 games, 4 are 197,281, 5 are 4,865,609. */
  readonly depth: number;
}

/** Counts all games of chess up to some half-moves: one item for each of the twenty first moves. */
export class CountGames extends Chart {
  constructor(scope: Construct, id: string, { depth }: CountGamesProps) {
    super(scope, id);

    const games = new Chess().moves({ verbose: true }).map(({ after }) => ({ fen: after, depth: depth - 1 }));

    new RedisWorkQueueJob(this, 'games', {
      jobName: 'count-games',
      queue: positions,
      items: positions.items(games),
      entry: join(__dirname, 'worker.ts'),
      redis: RedisStore.pod(this, 'redis', { serviceName: 'chess-redis' }),
      parallelism: 4,
      // Far shorter than an item may take: each worker has a thread that renews it.
      lease: Duration.seconds(2),
      resources: {
        cpu: { request: kplus.Cpu.units(1) },
        memory: { request: Size.mebibytes(192) },
      },
    });
  }
}

if (require.main === module) {
  const app = new App();
  new CountGames(app, 'chess', { depth: Number(process.env.DEPTH ?? 5) });
  app.synth();
}
