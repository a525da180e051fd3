import { Testing } from 'cdk8s';
import { Shop } from './main';

test('the manifests', () => {
  const shop = new Shop(Testing.app(), 'shop', { image: 'registry.example/shop:7', day: '2026-11-23' });
  const own = ({ kind, metadata }: { kind: string; metadata: { name: string } }) =>
    kind !== 'ConfigMap' || metadata.name === 'shop-settings';
  // The other ConfigMaps are the construct's scripts, which are tested elsewhere.
  expect(Testing.synth(shop).filter(own)).toMatchSnapshot();
});
