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

test('a server that goes on after SIGTERM is told again, and the container ends with its exit code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'member-'));
  const program = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  };
  program('redis-server', FORGETFUL);
  program('redis-cli', REPLICA);
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
  await until('the server serves', () => lines.includes('serving'));
  member.kill('SIGTERM');
  expect(await member.end).toBe(7);
  expect(lines).toEqual(['serving', 'asked 1', 'asked 2', 'asked 3']);
});
