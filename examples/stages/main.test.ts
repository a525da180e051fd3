import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { Stages } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new Stages(Testing.app(), 'stages'));
  // What stands in the ConfigMaps, scripts and code, is tested elsewhere.
  expect(EntryBundle.redact(manifests).filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});
