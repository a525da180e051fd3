import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberScript } from '../../lib/store/member-script';
import { MEMBER_ENV } from '../../lib/store/member-shell';
import { ContainerProcess } from '../../local/kubelet';
import { until } from '../until';

/** A server that forgets twice that it was to end, as one does that writes its append-only file as a new replica. */
const FORGETFUL = `#!/bin/sh
asked=0
trap 'asked=$((asked + 1)); echo "asked $asked"; [ $asked -lt 3 ] || exit 7' TERM
echo serving
while :; do sleep 0.1; done
`;

/** Of a replica that has what its primary has. */
const REPLICA = `#!/bin/sh
case "$*" in
  *ROLE*) printf 'slave\\nhost\\n6379\\nconnected\\n' ;;
  *persistence*) echo aof_rewrite_in_progress:0 aof_rewrite_scheduled:0 ;;
esac
`;

/** A member of three whose Redis is made of these programs; what it has on its volume is data of the store, if told so. */
function startMember(server: string, client: string, hasData = false) {
  const folder = mkdtempSync(join(tmpdir(), 'member-'));
  for (const [name, text] of [
    ['redis-server', server],
    ['redis-cli', client],
  ] as const) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  if (hasData) writeFileSync(join(folder, 'joined'), '');
  const lines: string[] = [];
  const member = new ContainerProcess({
    command: ['sh', '-c', memberScript(false).replaceAll('/data', folder), 'redis-server'],
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      [MEMBER_ENV.self]: 'redis-0',
      [MEMBER_ENV.all]: 'redis-0 redis-1 redis-2',
    },
    output: (line) => lines.push(line),
  });
  return { member, lines };
}

test('a server that goes on after SIGTERM is told again, and the container ends with its exit code', async () => {
  const { member, lines } = startMember(FORGETFUL, REPLICA);
  await until('the server serves', () => lines.includes('serving'));
  member.kill('SIGTERM');
  expect(await member.end).toBe(7);
  expect(lines).toEqual(['serving', 'asked 1', 'asked 2', 'asked 3']);
});

/** Of members that all have data and follow nobody, whose sentinels come up after they were asked six times. */
const LATE_SENTINELS = `#!/bin/sh
case "$*" in
  *MASTER*)
    echo >>sentinels-asked
    [ "$(wc -l <sentinels-asked)" -le 6 ] || printf 'ip\\nredis-2\\nconfig-epoch\\n7\\n'
    ;;
  *ROLE*) printf 'slave\\n127.0.0.1\\n1\\nconnect\\n' ;;
  *PING*) echo PONG ;;
esac
`;

test('members with data that all start at once wait for their sentinels to name the primary that they had', async () => {
  const { member, lines } = startMember('#!/bin/sh\nexec sleep 300\n', LATE_SENTINELS, true);
  await until('it follows or leads', () => lines.some((line) => line.startsWith('This member')));
  member.killAll('SIGKILL');
  await member.end;
  expect(lines.slice(0, 2)).toEqual(['Waiting for the sentinels to name the primary.', 'This member follows redis-2.']);
});
