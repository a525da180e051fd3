import { WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { pricesOf } from './prices';

/** Your database: whatever yields items one after the other, in constant memory. */
async function* products() {
  for (let number = 1; number <= 40; number++) yield { product: `product-${number}`, cents: 100 * number };
}

// Runs in the fill Job. The batch makes it push each item once, also when its pod is started again.
async function enqueue() {
  const queue = new WorkQueue(pricesOf(process.env.DAY ?? ''));
  const filled = await queue.fill(products(), { batchId: process.env.WORK_QUEUE_BATCH ?? '' });
  await queue.close();
  console.log(`${filled} products are queued`);
}

enqueue();
