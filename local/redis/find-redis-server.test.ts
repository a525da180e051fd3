import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedisServer, findRedisServer, pathWithRedisCli } from '.';
import { onPath } from './find-redis-server';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'path-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program on the PATH of the test, which is `folder` alone. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function alsoReal(...names: string[]): void {
  for (const name of names) symlinkSync(onPath(name)!, join(folder, name));
}

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: folder, ...more });

describe('finding a server', () => {
  test('Redis on the PATH comes before Valkey', () => {
    const valkey = program('valkey-server', '');
    expect(findRedisServer(env())).toBe(valkey);
    const redis = program('redis-server', '');
    expect(findRedisServer(env())).toBe(redis);
  });

  test('what cannot be run does not count', () => {
    chmodSync(program('redis-server', ''), 0o644);
    expect(findRedisServer(env())).toBeUndefined();
  });

  test('REDIS_SERVER_BIN is taken before the PATH, as a path or a name', () => {
    program('redis-server', '');
    const mine = program('my-redis', 'echo Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64');
    expect(findRedisServer(env({ REDIS_SERVER_BIN: mine }))).toBe(mine);
    expect(findRedisServer(env({ REDIS_SERVER_BIN: 'my-redis' }))).toBe(mine);
  });

  test.each(['/nowhere/redis-server', 'no-such-program', tmpdir()])('REDIS_SERVER_BIN=%s is an error', (path) => {
    program('redis-server', '');
    expect(() => findRedisServer(env({ REDIS_SERVER_BIN: path }))).toThrow(
      `REDIS_SERVER_BIN is "${path}", which is not a file that can be run. Set it to the path of`,
    );
  });

  test.each([
    ['echo v20.20.2', 'which is no Redis or Valkey: --version says "v20.20.2"'],
    ['echo "unknown option: --version" >&2; exit 1', 'which is no Redis or Valkey: --version says "unknown option'],
    ['', 'which is no Redis or Valkey: --version says "nothing"'],
    ['echo redis-cli 7.0.15', 'which is no Redis or Valkey: --version says "redis-cli 7.0.15"'],
    ['echo Redis server v=6.0.16 sha=00000000:0', 'which is version 6.0'],
  ])('REDIS_SERVER_BIN is a program that is no server of today: %s', (script, problem) => {
    const mine = program('mine', script);
    expect(() => findRedisServer(env({ REDIS_SERVER_BIN: mine }))).toThrow(`REDIS_SERVER_BIN is "${mine}", ${problem}`);
  });

  test.each([
    'Redis server v=6.2.14',
    'Redis server v=8.2.1',
    'Valkey server v=9.0.0',
    'Server v=8.1.1',
    'Redict server v=7.3.6',
    'KeyDB server v=6.3.4',
  ])('%s is one', (said) => {
    const mine = program('mine', `echo ${said} sha=00000000:0`);
    expect(findRedisServer(env({ REDIS_SERVER_BIN: mine }))).toBe(mine);
  });
});

describe('redis-cli', () => {
  const bin = () => join(folder, 'bin');
  const said = 'echo Valkey server v=8.1.1 sha=00000000:0';

  /** What that PATH runs. */
  const run = (env: NodeJS.ProcessEnv) => {
    const PATH = pathWithRedisCli(bin(), env);
    return execFileSync('redis-cli', { env: { PATH: `${PATH}:${process.env.PATH}` }, encoding: 'utf8' }).trim();
  };

  test.each(['redis', 'valkey', 'keydb'])('of the %s that REDIS_SERVER_BIN names, before any on the PATH', (name) => {
    mkdirSync(join(folder, 'other'));
    const server = program(`other/${name}-server`, said);
    program(`other/${name}-cli`, `echo ${name}`);
    program('redis-cli', 'echo of the PATH');
    expect(run(env({ REDIS_SERVER_BIN: server }))).toBe(name);
  });

  test('of a server that is a link', () => {
    mkdirSync(join(folder, 'other'));
    symlinkSync(program('other/valkey-server', said), join(folder, 'mine'));
    program('other/valkey-cli', 'echo valkey');
    expect(run(env({ REDIS_SERVER_BIN: join(folder, 'mine') }))).toBe('valkey');
  });

  test('of a Valkey on the PATH, which calls it valkey-cli', () => {
    program('valkey-server', said);
    program('valkey-cli', 'echo valkey');
    expect(run(env())).toBe('valkey');
  });

  test('of the PATH, where a server has none beside it, or where that is the same', () => {
    program('redis-cli', 'echo of the PATH');
    expect(pathWithRedisCli(bin(), env())).toBe(folder);
    program('redis-server', said);
    expect(pathWithRedisCli(bin(), env())).toBe(folder);
    mkdirSync(join(folder, 'other'));
    const alone = program('other/valkey-server', said);
    expect(pathWithRedisCli(bin(), env({ REDIS_SERVER_BIN: alone }))).toBe(folder);
    expect(existsSync(bin())).toBe(false);
  });
});

/** The package managers and sudo are stand-ins that write down how they were called. */
describe('installing a server where there is none', () => {
  const isRoot = (root: boolean) => {
    jest.spyOn(process, 'getuid').mockReturnValue(root ? 0 : 1000);
  };
  const said: string[] = [];
  const ensure = () => ensureRedisServer({ env: env(), say: (line) => said.push(line) });
  const install = () => `printf '#!/bin/sh\\n' > ${folder}/redis-server; chmod 755 ${folder}/redis-server`;

  beforeEach(() => {
    said.length = 0;
    alsoReal('sh', 'chmod', 'rm');
  });

  afterEach(() => jest.restoreAllMocks());

  test.each(['apk', 'dnf', 'brew'])('%s as root', (manager) => {
    isRoot(true);
    program(manager, install());
    expect(ensure()).toBe(join(folder, 'redis-server'));
    expect(said).toEqual([`No redis-server or valkey-server on the PATH: installing one with ${manager}.`]);
  });

  test('one that is there is not installed again', () => {
    const server = program('redis-server', '');
    program('apk', 'exit 1');
    expect(ensure()).toBe(server);
    expect(said).toEqual([]);
  });

  test('a distribution that has only Valkey', () => {
    isRoot(true);
    program('apk', `case "$*" in *valkey) cp ${folder}/sh ${folder}/valkey-server;; *) exit 1;; esac`);
    alsoReal('cp');
    expect(ensure()).toBe(join(folder, 'valkey-server'));
  });

  test('sudo that asks nothing', () => {
    isRoot(false);
    program('sudo', 'shift; "$@"');
    program('dnf', install());
    program('true', '');
    expect(ensure()).toBe(join(folder, 'redis-server'));
    expect(said).toEqual(['No redis-server or valkey-server on the PATH: installing one with sudo dnf.']);
  });

  test('brew runs as the user, never with sudo', () => {
    isRoot(false);
    program('sudo', 'exit 1');
    program('brew', install());
    expect(ensure()).toBe(join(folder, 'redis-server'));
    expect(said[0]).toMatch(/with brew\.$/);
  });

  test('sudo that would ask for a password is not used, and the message says what to type', () => {
    isRoot(false);
    program('sudo', 'exit 1');
    program('apt-get', 'exit 1');
    expect(ensure).toThrow(
      'No redis-server or valkey-server on the PATH. Installing one needs root here. ' +
        'Run `sudo apt-get install redis-server`, or set REDIS_SERVER_BIN to the path of a server, and run this again.',
    );
    expect(said).toEqual([]);
  });

  test('a package manager that fails: its words are in the message', () => {
    isRoot(true);
    program('apk', 'echo "ERROR: unable to select packages" >&2; exit 1');
    expect(ensure).toThrow(/apk could not install one\. Try `apk add redis`.*\nERROR: unable to select packages/);
  });

  test('no package manager that we know', () => {
    expect(ensure).toThrow(/No redis-server .* Install Redis or Valkey 6\.2 or newer, or set REDIS_SERVER_BIN/);
  });
});
