import { createHash } from 'node:crypto';
import { ABANDON } from './abandon';
import { DEAD_LETTERS } from './dead';
import { ENTER } from './enter';
import { EXCHANGE } from './exchange';
import { FILL } from './fill';
import { PURGE } from './purge';
import { RENEW } from './renew';
import { RING } from './ring';
import { SEAL } from './seal';
import { STATUS } from './status';

/** A Lua script with the digest under which Redis caches it. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha1: string;
}

function script(name: string, lua: string): Script {
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** The scripts that the runtime runs; docs/protocol.md describes all but `status`, which changes nothing. */
export const SCRIPTS = {
  abandon: script('abandon', ABANDON),
  dead: script('dead', DEAD_LETTERS),
  enter: script('enter', ENTER),
  exchange: script('exchange', EXCHANGE),
  fill: script('fill', FILL),
  purge: script('purge', PURGE),
  renew: script('renew', RENEW),
  ring: script('ring', RING),
  seal: script('seal', SEAL),
  status: script('status', STATUS),
} as const;
