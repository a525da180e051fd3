import { Testing } from 'cdk8s';
import { PythonWorkers } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new PythonWorkers(Testing.app(), 'fruit-python'));
  expect(manifests).toMatchSnapshot();
});
