import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientsPage } from './table';

test('docs/clients.md says which client passes which scenario (npm run docs writes it)', () => {
  expect(readFileSync(join(__dirname, '../../docs/clients.md'), 'utf8')).toBe(clientsPage());
});
