import { exposition } from './exposition';

test('each family is headed by what it is, and a label may have any text', () => {
  const samples = [{ labels: { queue: 'a "b" \\ c\nd', le: '+Inf' }, suffix: '_bucket', value: 1.5 }];
  expect(exposition([{ name: 'took_seconds', type: 'histogram', help: 'How long it took.\nBy \\.', samples }])).toBe(
    [
      '# HELP took_seconds How long it took.\\nBy \\\\.',
      '# TYPE took_seconds histogram',
      'took_seconds_bucket{queue="a \\"b\\" \\\\ c\\nd",le="+Inf"} 1.5',
      '',
    ].join('\n'),
  );
});
