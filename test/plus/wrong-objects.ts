import { type Chart, Size } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob, type RedisWorkQueueJobProps } from 'cdk8s-redis-work-queue';

// What the compiler refuses, so that structure is not taken for anything at all.

const props = { queueName: 'pictures', image: 'registry.example/worker:1' };
declare const chart: Chart;
const job = (more: Partial<RedisWorkQueueJobProps>) => new RedisWorkQueueJob(chart, 'job', { ...props, ...more });

export function wrong() {
  // @ts-expect-error a name is no Secret
  job({ imagePullSecrets: ['regcred'] });
  // @ts-expect-error nor a service account
  job({ serviceAccount: 'worker' });
  // @ts-expect-error a password is in a Secret
  RedisStore.pod(chart, 'redis', { password: 'hunter2' });
  // @ts-expect-error with its key
  RedisStore.pod(chart, 'redis', { password: { secret: { name: 'credentials' } } });
  // @ts-expect-error a Cpu is made by Cpu.millis and Cpu.units
  job({ resources: { cpu: { request: '500m' } } });
  // @ts-expect-error resources are grouped by resource
  job({ resources: { limits: { memory: '1Gi' } } });
  // @ts-expect-error memory is a Size, and that is no Cpu
  job({ resources: { cpu: { request: Size.mebibytes(1) } } });
  // @ts-expect-error a variable is text, a number or a flag, or says where it is
  job({ env: { TOKEN: { secretKeyRef: { name: 'credentials', key: 'token' } } } });
  // @ts-expect-error and no list
  job({ env: [{ name: 'BUCKET', value: 'pictures' }] });
  // @ts-expect-error a volume has a name
  job({ volumeMounts: [{ mountPath: '/scratch', volume: { emptyDir: {} } }] });
  // @ts-expect-error and is of a type that Pod Security "restricted" allows
  job({ volumeMounts: [{ mountPath: '/etc', volume: { name: 'etc', hostPath: { path: '/etc' } } }] });
}
