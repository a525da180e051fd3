import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { CountGames } from './main';
import { positions } from './queue';

test('the manifests', () => {
  const manifests = Testing.synth(new CountGames(Testing.app(), 'chess', { depth: 3 }));
  // What stands in the ConfigMaps, scripts and code, is tested elsewhere.
  expect(EntryBundle.redact(manifests).filter(({ kind }) => kind !== 'ConfigMap')).toMatchSnapshot();
});

test('a wrong position fails the synthesis', () => {
  expect(() => positions.items([{ fen: 'rnbqkbnr/8', depth: 1 }])).toThrow(
    'items[0] of the queue positions: fen: is no position in Forsyth-Edwards notation',
  );
});
