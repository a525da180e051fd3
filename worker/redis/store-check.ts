import { queueKeys } from '../contract';
import { ConfigurationError, textOf } from '../errors';
import type { Log } from '../log';
import { type Connection, failureOf } from './connection';
import { StoreInfo } from './store-info';

const FLOOR = [6, 2];

/** Does what all scripts do: it looks at a key that it does not declare, asks for the time, and writes JSON. */
const PROBE = `redis.call('EXISTS', ARGV[1]) return cjson.encode(redis.call('TIME'))`;

/** How a server or a proxy says that it does not have something, now or ever. */
const HAS_NOT =
  /unknown command|(not|un)[ -]?supported|disabled|not allowed\b(?! when)|undeclared key|attempt to (index|call)|nonexistent/i;

/** What Redis says over some time, and then no more. */
const PASSING = /^(LOADING|MASTERDOWN|READONLY|BUSY|CLUSTERDOWN|OOM|MISCONF|NOREPLICAS|TRYAGAIN|ASK|MOVED)\b/;

/**
 * Looks whether this Redis can keep a queue: its version, that it evicts nothing, that it runs scripts, and that it can wake
 * idle workers. All is asked at once, in one round trip, and two in a cluster.
 *
 * @returns what Redis says of itself; undefined where the user may not ask
 * @throws ConfigurationError it cannot; the message says what to set
 */
export async function checkStore(connection: Connection, queue: string, log: Log): Promise<StoreInfo | undefined> {
  const keys = queueKeys(queue);
  const [info, script, bell] = await Promise.all([
    attempt(connection.command('INFO')),
    attempt(connection.command('EVAL', PROBE, 1, keys.list, keys.worker)),
    // One that knows the command misses the time to wait; it blocks nobody.
    attempt(connection.command('BLPOP', keys.wake)),
  ]);
  let said = readInfo(info, log);
  // It may have come from another node than the one that has the queue, where the script has led to.
  if (said?.isCluster) said = readInfo(await attempt(connection.command('INFO')), log);
  const name = said?.server ?? 'Redis';
  if (said) checkInfo(said, name);
  if (said?.isCluster === false && connection.expectsCluster) {
    throw new ConfigurationError(
      `this ${name} is no node of a Redis Cluster, and an address that names several nodes is one of a cluster: name one server alone; for a primary with replicas, name its sentinels: redis+sentinel://host:26379/mymaster`,
    );
  }
  checkScripts(script, name);
  if (lacks(bell)) {
    log.warn(
      `this ${name}, or a proxy in front of it, has no BLPOP (${wordsOf(bell)}), so idle workers hear of new items seconds later; connect to the server itself`,
    );
  }
  return said;
}

/** A call that may be refused: its answer, or the error that it is answered with. */
type Attempt = { readonly answer: unknown } | { readonly refusal: Error };

async function attempt(call: Promise<unknown>): Promise<Attempt> {
  try {
    return { answer: await call };
  } catch (error) {
    if ((error as Error).name !== 'ReplyError') throw error;
    return { refusal: error as Error };
  }
}

/** Whether it is refused because there is no such thing. */
function lacks(attempt: Attempt): attempt is { refusal: Error } {
  if (!('refusal' in attempt)) return false;
  const { refusal } = attempt;
  // Redis calls a user that it does not know "disabled".
  return failureOf(refusal) !== 'denied' && !PASSING.test(refusal.message) && HAS_NOT.test(refusal.message);
}

function readInfo(info: Attempt, log: Log): StoreInfo | undefined {
  if ('answer' in info) return new StoreInfo(String(info.answer));
  if (failureOf(info.refusal) === 'denied' && /NOPERM/.test(String(info.refusal))) {
    log.warn(
      'this Redis user may not read INFO, so the worker cannot check that maxmemory-policy is noeviction; allow +info',
    );
    return undefined;
  }
  // A proxy need not have it.
  if (lacks(info)) {
    log.warn(
      `this Redis, or a proxy in front of it, has no INFO (${wordsOf(info)}), so the worker cannot check that maxmemory-policy is noeviction`,
    );
    return undefined;
  }
  throw info.refusal;
}

function checkInfo(info: StoreInfo, name: string): void {
  const { version, evictionPolicy: policy } = info;
  if (info.isSentinel) {
    throw new ConfigurationError(
      'this is a sentinel, which holds no data: write redis+sentinel://, and the name of the primary at the end, as in redis+sentinel://host:26379/mymaster',
    );
  }
  if (version) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < (FLOOR[0] as number) || (major === FLOOR[0] && minor < (FLOOR[1] as number))) {
      const as = name === `Redis ${version}` ? '' : ` (${name})`;
      throw new ConfigurationError(`this is Redis ${version}${as}; 6.2 or later is needed, or Valkey`);
    }
  }
  if (policy?.startsWith('allkeys-')) {
    throw new ConfigurationError(
      `this Redis evicts keys when its memory is full (maxmemory-policy ${policy}), which would lose items; set maxmemory-policy noeviction`,
    );
  }
  // Dragonfly's cache mode.
  if (policy === 'eviction') {
    throw new ConfigurationError(
      `this ${name} evicts keys when its memory is full (cache_mode), which would lose items; start it without --cache_mode`,
    );
  }
}

function checkScripts(script: Attempt, name: string): void {
  if ('answer' in script) return;
  const { message } = script.refusal;
  if (!lacks(script)) throw script.refusal;
  if (/undeclared key/.test(message)) {
    throw new ConfigurationError(
      `this ${name} lets no script use a key that it does not declare (${wordsOf(script)}), as those of a queue do; start Dragonfly with --default_lua_flags=allow-undeclared-keys`,
    );
  }
  throw new ConfigurationError(
    `this ${name}, or a proxy in front of it, does not run the scripts that a queue needs (EVAL: ${wordsOf(script)}); allow them, connect to the server itself, or use another Redis or Valkey, 6.2 or later`,
  );
}

function wordsOf({ refusal }: { readonly refusal: Error }): string {
  return textOf(refusal)
    .replace(/^ReplyError: /, '')
    .replace(/,? with args beginning with:.*/s, '')
    .replace(/ script: .*/s, '')
    .replace(/\.$/, '');
}
