/**
 * The table of docs/clients.md: which client passes which scenario.
 *
 * `npm run docs` writes it; a test holds the page against what scenarios need and clients have.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENTS, type Client, lackedBy } from './clients';
import { NEEDS } from './needs';
import { SCENARIOS } from './scenarios';

const PAGE = join(__dirname, '../../docs/clients.md');
const HEADING = '## Who passes what\n';

/** The page as it should be. */
export function clientsPage(): string {
  const clients: readonly Client[] = Object.values(CLIENTS);
  const text = readFileSync(PAGE, 'utf8');
  const counts = clients.map((client) => SCENARIOS.filter((each) => lackedBy(client, each).length === 0).length);
  const lines = [
    ['', ...clients.map(({ title }) => title)],
    ['---', ...clients.map(() => '---')],
    ...SCENARIOS.map((each) => [each.name, ...clients.map((client) => lackedBy(client, each).join(', ') || '✓')]),
    [`**${SCENARIOS.length} scenarios**`, ...counts.map((count) => `**${count}**`)],
  ];
  const needs = Object.entries(NEEDS).map(([need, what]) => `- **${need}**: ${what}`);
  return `${text.slice(0, text.indexOf(HEADING))}${HEADING}
✓: the client passes the scenario in the tests of this repository. Anything else is what the client lacks for it, so that it is not played:

${needs.join('\n')}

${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
`;
}

if (require.main === module) writeFileSync(PAGE, clientsPage());
