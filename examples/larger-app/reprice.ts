import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { pricesOf } from './prices';

const margin = Number(process.env.MARGIN_PERCENT);

runWorker(pricesOf(process.env.DAY ?? ''), ({ product, cents }) => {
  console.log(`${product} costs ${Math.round(cents * (1 + margin / 100))}`);
});
