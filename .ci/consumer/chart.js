const { App, Chart } = require('cdk8s');
const { Cpu, RedisStore, RedisWorkQueueJob } = require('cdk8s-redis-work-queue');

// Nothing here is of cdk8s-plus, which is not installed.
const app = new App();
const chart = new Chart(app, 'consumer');
new RedisWorkQueueJob(chart, 'fruit', {
  queueName: 'job2',
  image: 'registry.example/worker:1',
  parallelism: 2,
  imagePullSecrets: [{ name: 'regcred' }],
  serviceAccount: { name: 'worker' },
  resources: { cpu: { request: Cpu.millis(500) } },
  env: { TOKEN: { valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } } },
  volumeMounts: [{ mountPath: '/scratch', volume: { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } } }],
  redis: RedisStore.pod(chart, 'redis', { password: { secret: { name: 'redis' }, key: 'password' } }),
});
app.synth();
