/** A worker in bash, as GET / and the docs show it. */
export const BASH_WORKER = `#!/bin/bash
next() { curl -sf --retry 30 --retry-delay 1 --retry-connrefused -X POST "$WORK_QUEUE_AGENT/take?as=text"; }
settle() { curl -sf --data-binary @- "$WORK_QUEUE_AGENT/items/$take/$1"; }
while item=$(next); do
  take=\${item%%$'\\n'*} payload=\${item#*$'\\n'}
  if result=$(process "$payload" 2>&1); then verb=done; else verb=fail; fi
  printf %s "$result" | settle "$verb" >/dev/null || exit 1
done
`;

/** What GET / answers. */
export const HELP = `The work agent of a queue. A program asks for items here, works on them, and says how that went.

POST /take                    waits for an item; ?wait=20 at most 20 s, then 204; ?as=text: a line with the take, then the payload
                              410 or 503: there is no more, end
POST /items/TAKE/done         the body is the result; ?take answers with the next item
POST /items/TAKE/fail         the body is the error; tried again, or given up at once with ?retry=false
POST /items/TAKE/later?in=30  put off for 30 s, not charged
POST /items/TAKE/add          items that enter the queue once this one is done: a JSON array, or one a line
PUT  /items/TAKE/checkpoint   JSON that the next attempt gets as "resumed"
PUT  /items/TAKE/progress     0.5 page 3
POST /items/TAKE/log          a line of the log; ?level=warn
GET  /items/TAKE              whether it is still held
POST /slow-down?for=30        nobody is handed anything for 30 s
GET  /health                  ok
GET  /openapi.json            all of it, for programs

A worker in bash, in which \`process\` is yours:

${BASH_WORKER}`;
