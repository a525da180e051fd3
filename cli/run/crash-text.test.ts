import { crashText } from './crash-text';

test.each([
  ['a line of a message that looks like one of Node', 'no\n    at home', 'no\n    at home'],
  [
    'its own frames stay, those of Node and of packages go',
    'Error: no\n    at run (/app/a.js:1:1)\n    at Array.map (<anonymous>)\n    at async Promise.all (index 0)\n    at q (/app/node_modules/pg/q.js:1:1)\n    at node:internal/main:1:1\n\nNode.js v24.1.0',
    'Error: no\n    at run (/app/a.js:1:1)',
  ],
  [
    'properties stay',
    "node:internal/x:1\n  throw err;\n  ^\n\nError: no\n    at Module.load (node:internal/x:1:1) {\n  code: 'X',\n  status: 500\n}\n\nNode.js v24.1.0",
    'Error: no {\n  status: 500\n}',
  ],
])('%s', (_, written, told) => {
  expect(crashText(written.split('\n'))).toBe(told);
});
