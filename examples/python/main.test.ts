import { Testing } from 'cdk8s';
import { PythonWorkers } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new PythonWorkers(Testing.app(), 'fruit-python'));
  // The scripts of fill and gate, in the ConfigMaps, are the construct's own.
  expect(manifests.filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});
