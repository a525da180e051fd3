import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { Crawler } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new Crawler(Testing.app(), 'crawler'));
  // What stands in the ConfigMaps, scripts and code, is tested elsewhere.
  expect(EntryBundle.redact(manifests).filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});
