import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolPage } from '../docs/site/scripts-in-full';

test('docs/protocol.md shows the scripts that run (npm run docs writes them)', () => {
  expect(readFileSync(join(__dirname, '..', 'docs', 'protocol.md'), 'utf8')).toBe(protocolPage());
});
