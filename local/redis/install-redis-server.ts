import { spawnSync } from 'node:child_process';
import { findRedisServer, onPath } from './find-redis-server';

interface PackageManager {
  readonly command: string;
  /** Run by `sh -c`. Falls back to Valkey where a distribution dropped Redis. */
  readonly script: string;
  /** What a person would type. */
  readonly byHand: string;
  readonly needsRoot: boolean;
}

const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    command: 'apt-get',
    // Debian starts a service as soon as it is installed; policy-rc.d is its documented way to say no.
    script: `
      policy=/usr/sbin/policy-rc.d
      if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
      fi
      export DEBIAN_FRONTEND=noninteractive
      apt="apt-get -q -o DPkg::Lock::Timeout=120"
      $apt update
      $apt install -y --no-install-recommends redis-server || $apt install -y --no-install-recommends valkey-server
      installed=$?
      if [ -d /run/systemd/system ]; then systemctl disable redis-server valkey-server || true; fi
      exit $installed`,
    byHand: 'apt-get install redis-server',
    needsRoot: true,
  },
  {
    command: 'apk',
    script: 'apk add --no-cache redis || apk add --no-cache valkey',
    byHand: 'apk add redis',
    needsRoot: true,
  },
  {
    command: 'dnf',
    script: 'dnf install -y redis || dnf install -y valkey',
    byHand: 'dnf install redis',
    needsRoot: true,
  },
  {
    command: 'brew',
    script: 'brew install redis',
    byHand: 'brew install redis',
    needsRoot: false,
  },
];

export interface EnsureOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Takes the one line that says what is being installed. @default - standard error */
  readonly say?: (line: string) => void;
}

/**
 * Path of a Redis server, installed by the machine's package manager where there is none.
 *
 * Call it once before work is spread over processes: two package managers at a time get in each other's way.
 *
 * @throws with what to install, if it cannot be done without asking the user.
 */
export function ensureRedisServer({ env = process.env, say = toStderr }: EnsureOptions = {}): string {
  const found = findRedisServer(env);
  if (found) return found;

  const manager = PACKAGE_MANAGERS.find((each) => onPath(each.command, env));
  if (!manager) throw new Error(`${MISSING} Install Redis or Valkey 6.2 or newer${OVERRIDE}`);

  const root = process.getuid?.() === 0;
  const sudo = manager.needsRoot && !root;
  const byHand = sudo ? `sudo ${manager.byHand}` : manager.byHand;
  if (sudo && !sudoAsksNothing(env)) {
    throw new Error(`${MISSING} Installing one needs root here. Run \`${byHand}\`${OVERRIDE}`);
  }

  say(`No redis-server or valkey-server on the PATH: installing one with ${sudo ? 'sudo ' : ''}${manager.command}.`);
  const command = sudo ? ['sudo', '-n', 'sh', '-c', manager.script] : ['sh', '-c', manager.script];
  const { stdout, stderr, error } = spawnSync(command[0]!, command.slice(1), { env, encoding: 'utf8' });
  const installed = findRedisServer(env);
  if (!installed) {
    const output = error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n');
    throw new Error(`${MISSING} ${manager.command} could not install one. Try \`${byHand}\`${OVERRIDE}\n${output}`);
  }
  return installed;
}

const MISSING = 'No redis-server or valkey-server on the PATH.';
const OVERRIDE = ', or set REDIS_SERVER_BIN to the path of a server, and run this again.';

function sudoAsksNothing(env: NodeJS.ProcessEnv): boolean {
  return onPath('sudo', env) !== undefined && spawnSync('sudo', ['-n', 'true'], { env, stdio: 'ignore' }).status === 0;
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
