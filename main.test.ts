import { Testing } from 'cdk8s';
import { EntryBundle } from './lib';
import { FineParallelProcessing } from './main';

test('the walkthrough', () => {
  const manifests = Testing.synth(new FineParallelProcessing(Testing.app(), 'job-wq-2'));
  expect(EntryBundle.redact(manifests)).toMatchSnapshot();
});
