import { Testing } from 'cdk8s';
import { FineParallelProcessing } from '../../main';

/** All of it is in the snapshot of main.test.ts, beside main.ts. */
test('what `kubectl apply -f dist/` makes', () => {
  const manifests = Testing.synth(new FineParallelProcessing(Testing.app(), 'job-wq-2'));
  const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name.replace(/[0-9a-f]{16}/, '<hash>')}`);
  expect(names).toMatchSnapshot();
});
