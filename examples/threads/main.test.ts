import { Testing } from 'cdk8s';
import { CountPrimes } from './main';

test('the manifests', () => {
  const chart = new CountPrimes(Testing.app(), 'primes', {
    image: 'registry.example/count-primes:1',
    below: 1_000_000,
  });
  // What stands in the ConfigMaps, scripts and items, is tested elsewhere.
  expect(Testing.synth(chart).filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});
