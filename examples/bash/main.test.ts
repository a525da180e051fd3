import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { BashWorkers } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new BashWorkers(Testing.app(), 'fruit-bash'));
  expect(EntryBundle.redact(manifests).filter(({ kind }) => kind === 'Job')).toMatchSnapshot();
});
