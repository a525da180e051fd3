// A worker whose queue is wrong where it is defined.
const { defineQueue } = require('cdk8s-redis-work-queue/queue');

try {
  defineQueue({ name: 'broken', schema: {} });
} catch (error) {
  if (!process.env.CAUGHT) throw error;
}
throw new Error('something else');
