import { podFailurePolicy } from '../../lib/pod/pod-failure-policy';
import { WORKER_POLICY } from './pod-failure-policy';

test('a Job on this machine goes by the policy that the construct renders', () => {
  expect(WORKER_POLICY).toEqual(podFailurePolicy('worker'));
});
