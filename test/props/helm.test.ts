import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from '../../lib';

// cdk8s writes manifests as templates of a Helm chart, unescaped.

const folder = mkdtempSync(join(tmpdir(), 'helm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Helm takes nothing in the manifests for a template, and the items come out as they went in', () => {
  const items = ['{{ .Values.a }}', '{{{{', '\\{{"{{{', JSON.stringify({ template: 'Hi {{name}}', deep: { a: {} } })];
  const entry = join(folder, 'braces.js');
  writeFileSync(entry, 'console.log("{{ .Values.a }}", {a:{b:{}}})');
  const app = new App();
  const chart = new Chart(app, 'test');
  const queue = new RedisWorkQueueJob(chart, 'fruit', {
    queueName: 'q',
    entry,
    items,
  });
  new RedisWorkQueueJob(chart, 'filled', { queueName: 'r', entry, filler: { entry } });
  new RedisWorkQueueJob(chart, 'persistent', {
    queueName: 's',
    image: 'worker',
    redis: RedisStore.persistent(chart, 'redis'),
  });
  expect(app.synthYaml()).not.toContain('{{');
  const chunks = queue.fill?.itemMaps.flatMap((map) => Object.values<string>(map.toJson().data)) ?? [];
  expect(chunks.flatMap((chunk) => JSON.parse(chunk))).toEqual(items);
});
