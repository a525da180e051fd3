import { resolveEnv } from './pod-environment';

const pod = { name: 'job-wq-2-x7k2p', namespace: 'default', labels: { 'batch.kubernetes.io/controller-uid': 'u-1' } };
const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });

test('values, the name of the pod and its labels', () => {
  const env = [
    { name: 'QUEUE', value: 'job2' },
    { name: 'EMPTY' },
    { name: 'WORKER', ...field('metadata.name') },
    { name: 'RUN', ...field("metadata.labels['batch.kubernetes.io/controller-uid']") },
  ];
  expect(resolveEnv(env, pod)).toEqual({ QUEUE: 'job2', EMPTY: '', WORKER: 'job-wq-2-x7k2p', RUN: 'u-1' });
});

test('a value may name a variable before it; two dollar signs are one', () => {
  const env = [
    { name: 'HOST', value: 'redis' },
    { name: 'URL', value: 'redis://$(HOST):$(PORT)' },
    { name: 'PORT', value: '$$(HOST) $HOME $' },
  ];
  expect(resolveEnv(env, pod)).toEqual({ HOST: 'redis', URL: 'redis://redis:$(PORT)', PORT: '$(HOST) $HOME $' });
});

test.each([field('status.hostIP'), { valueFrom: { secretKeyRef: { name: 'redis', key: 'password' } } }])(
  'what only a cluster has is refused: %j',
  (from) => {
    expect(() => resolveEnv([{ name: 'X', ...from }], pod)).toThrow(/nothing on this machine to take X from/);
  },
);
