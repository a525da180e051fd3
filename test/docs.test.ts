import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON_SCRIPTS, pythonScripts } from '../docs/site/python-scripts';
import { protocolPage } from '../docs/site/scripts-in-full';

test('docs/protocol.md shows the scripts that run (npm run docs writes them)', () => {
  expect(readFileSync(join(__dirname, '..', 'docs', 'protocol.md'), 'utf8')).toBe(protocolPage());
});

test('clients/python has the scripts that run (npm run docs writes them)', () => {
  expect(readFileSync(PYTHON_SCRIPTS, 'utf8')).toBe(pythonScripts());
});
