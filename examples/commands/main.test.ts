import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { Commands } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new Commands(Testing.app(), 'factors'));
  expect(EntryBundle.redact(manifests).filter(({ kind }) => kind === 'Job')).toMatchSnapshot();
});
