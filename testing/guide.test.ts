import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const guide = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
const FILES = ['queue.ts', 'handler.ts', 'worker.ts', 'handler.test.ts', 'main.ts', 'main.test.ts'];

test.each(FILES)('docs/testing.md shows examples/tested/%s as it is', (file) => {
  const code = readFileSync(join(ROOT, 'examples/tested', file), 'utf8');
  expect(guide).toContain(`\`\`\`ts\n// ${file}\n${code}\`\`\`\n`);
});

test('docs/testing.md shows no code that is not run', () => {
  expect(guide.match(/^```\w/gm)).toHaveLength(FILES.length);
});
