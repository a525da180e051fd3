/* A worker that has something to run at the end. */
const { defineQueue, runWorker } = require('cdk8s-redis-work-queue/worker');

runWorker(defineQueue({ name: process.env.QUEUE }), () => {}, { finally: () => console.log('the end') });
