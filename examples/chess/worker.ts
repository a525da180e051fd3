import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { Chess } from 'chess.js';
import { positions } from './queue';

/** Counts the ways in which a game may go on. It computes for seconds and never yields. */
runWorker(
  positions,
  ({ fen, depth }, { log }) => {
    log(`Working on ${fen}`);
    return new Chess(fen).perft(depth);
  },
  { results: true },
);
