const { App, Chart } = require('cdk8s');
const { RedisWorkQueueJob } = require('cdk8s-redis-work-queue');

const app = new App();
const chart = new Chart(app, 'consumer');
new RedisWorkQueueJob(chart, 'fruit', { queueName: 'job2', image: 'registry.example/worker:1', parallelism: 2 });
app.synth();
