import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalScreen } from './terminal-screen';
import { terminalSvg } from './terminal-svg';

const ESC = '\u001b';

async function screenOf(output: string, columns = 40, rows = 6): Promise<TerminalScreen> {
  const screen = new TerminalScreen(columns, rows);
  await screen.write(output);
  return screen;
}

async function drawn(output: string): Promise<string> {
  const screen = await screenOf(output);
  const svg = terminalSvg({ title: 't', description: 'd', command: 'c', columns: 40, rows: screen.rows });
  return svg.slice(svg.indexOf('</style>'));
}

test('colours, bold and dim are told apart, and text of one look stays whole', async () => {
  const { rows } = await screenOf(
    `${ESC}[1mall ${ESC}[31mred${ESC}[0m ${ESC}[2mfaint words${ESC}[22m\r\n  plain   far`,
  );
  const ink = { colour: 'ink', bold: false, dim: false };
  expect(rows).toEqual([
    [
      { ...ink, text: 'all', column: 0, columns: 3, bold: true },
      { text: 'red', column: 4, columns: 3, colour: 'red', bold: true, dim: false },
      { ...ink, text: 'faint words', column: 8, columns: 11, dim: true },
    ],
    [
      { ...ink, text: 'plain', column: 2, columns: 5 },
      { ...ink, text: 'far', column: 10, columns: 3 },
    ],
  ]);
});

test('a frame that is drawn over another leaves nothing of it', async () => {
  const frame = (text: string) => `${ESC}[H${text.replaceAll('\n', `${ESC}[K\r\n`)}${ESC}[K${ESC}[J`;
  const { text } = await screenOf(
    `before\r\n${ESC}[?1049h${frame('12 %, many words\nlonger\nmore')}${frame('66 %\nnew')}`,
  );
  expect(text).toEqual(['66 %', 'new']);
});

test('after the other screen comes back what was there', async () => {
  const { text } = await screenOf(`before\r\n${ESC}[?1049h${ESC}[Hlive${ESC}[?1049lafter`);
  expect(text).toEqual(['before', 'after']);
});

test('wide characters take two columns, and long lines go on below', async () => {
  const { rows, text } = await screenOf(`猫猫x\r\n${'a'.repeat(41)}`);
  expect(rows[0]).toEqual([{ text: '猫猫x', column: 0, columns: 5, colour: 'ink', bold: false, dim: false }]);
  expect(text.slice(1)).toEqual(['a'.repeat(40), 'a']);
});

test('a colour that no picture has is refused', async () => {
  const screen = await screenOf(`${ESC}[38;5;200mx`);
  expect(() => screen.rows).toThrow('"x" is in a colour that no picture has');
});

test('text is as wide as its columns in every font, and is escaped', async () => {
  const svg = await drawn(`${ESC}[36ma < b & c${ESC}[39m`);
  expect(svg).toContain('<text class="cyan" x="20" y="73" textLength="75.6">a &lt; b &amp; c</text>');
});

test('a bar is made of rectangles without seams, and a chart has their heights', async () => {
  const svg = await drawn(`${ESC}[32m███▌░░${ESC}[39m\r\n${ESC}[36m▁█${ESC}[39m`);
  expect(svg.match(/<rect class="(?:green|cyan)[^>]*>/g)).toEqual([
    '<rect class="green" x="20" y="60" width="25.2" height="15"/>',
    '<rect class="green" x="45.2" y="60" width="4.2" height="15"/>',
    '<rect class="green shade" x="53.6" y="60" width="16.8" height="15"/>',
    '<rect class="cyan" x="20" y="92.13" width="8.4" height="1.88"/>',
    '<rect class="cyan" x="28.4" y="79" width="8.4" height="15"/>',
  ]);
});

test.each([
  [
    'demo.svg',
    ['npm run demo', 'Working on apple', '9 items, each done once; every worker saw the queue drained and exited 0.'],
  ],
  ['status.svg', ['npx rwq status --watch --queue thumbnails', '3 workers', 'Newest dead letters']],
])('%s shows what such a run says', (name, words) => {
  const svg = readFileSync(join(__dirname, name), 'utf8');
  for (const each of words) expect(svg).toContain(`>${each}</text>`);
});
