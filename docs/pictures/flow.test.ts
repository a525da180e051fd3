import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { FineParallelProcessing } from '../../main';
import { flow } from './flow';

test('flow.svg is what `npm run pictures` draws', () => {
  expect(readFileSync(join(__dirname, 'flow.svg'), 'utf8')).toBe(flow());
});

test('it shows each object that main.ts creates, and no other', () => {
  const objects: { kind: string; name: string; spec?: { parallelism?: number } }[] = Testing.synth(
    new FineParallelProcessing(Testing.app(), 'job-wq-2'),
  ).map(({ kind, metadata, spec }) => ({ kind, name: metadata.name.replace(/-[0-9a-f]{16}-\d+$/, '-…'), spec }));
  const texts = [...flow().matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text as string);
  const drawn = texts.flatMap((text) => {
    let kind = '';
    return [...text.matchAll(/\b(Job|ConfigMap|Pod|Service|NetworkPolicy)s? |\b(?:job-wq-2|redis)[-\w…]*/g)].flatMap(
      ([name, newKind]) => {
        kind = newKind ?? kind;
        return newKind ? [] : [`${kind} ${name}`];
      },
    );
  });
  // A bundle takes as many ConfigMaps as it needs.
  const created = new Set(objects.map(({ kind, name }) => `${kind} ${name}`));
  expect(drawn.sort()).toEqual([...created].sort());
  expect(texts).toContain(
    `parallelism ${objects.find(({ name }) => name === 'job-wq-2')?.spec?.parallelism}: two pods at a time`,
  );
});
