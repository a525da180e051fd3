import { createHash } from 'node:crypto';
import { ABANDON } from './abandon';
import { CANCEL } from './cancel';
import { DEAD_LETTERS } from './dead';
import { ENTER } from './enter';
import { EXCHANGE } from './exchange';
import { FILL, FILL_KEYS } from './fill';
import { ITEMS, ITEMS_KEYS } from './items';
import { KEEP, KEEP_KEYS } from './keep';
import { FIXED_KEYS, type KeyName, WORKER_KEYS } from './keys';
import { PURGE, PURGE_KEYS } from './purge';
import { RENEW } from './renew';
import { RING, RING_KEYS } from './ring';
import { SEAL, SEAL_KEYS } from './seal';
import { STATUS, STATUS_KEYS } from './status';

export { keysOf } from './keys';

/** A Lua script with the digest under which Redis caches it. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha1: string;
  /** The keys that it takes, in this order. Where an incarnation's own are among them, it is the first argument. */
  readonly keys: readonly KeyName[];
}

function script(name: string, lua: string, keys: readonly KeyName[]): Script {
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex'), keys };
}

/** The scripts that the runtime runs; docs/protocol.md describes all but `items` and `status`, which change nothing. */
export const SCRIPTS = {
  abandon: script('abandon', ABANDON, WORKER_KEYS),
  cancel: script('cancel', CANCEL, FIXED_KEYS),
  dead: script('dead', DEAD_LETTERS, FIXED_KEYS),
  enter: script('enter', ENTER, WORKER_KEYS),
  exchange: script('exchange', EXCHANGE, WORKER_KEYS),
  fill: script('fill', FILL, FILL_KEYS),
  items: script('items', ITEMS, ITEMS_KEYS),
  keep: script('keep', KEEP, KEEP_KEYS),
  purge: script('purge', PURGE, PURGE_KEYS),
  renew: script('renew', RENEW, WORKER_KEYS),
  ring: script('ring', RING, RING_KEYS),
  seal: script('seal', SEAL, SEAL_KEYS),
  status: script('status', STATUS, STATUS_KEYS),
} as const;
