import { Testing } from 'cdk8s';
import { FineParallelProcessing } from './main';

test('the walkthrough', () => {
  expect(Testing.synth(new FineParallelProcessing(Testing.app(), 'job-wq-2'))).toMatchSnapshot();
});
