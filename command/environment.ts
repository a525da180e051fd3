import { ENV } from '../worker/contract';
import { STRING_BYTES } from './payload-text';

/** What the worker is told and its commands are not: the way to Redis, and what opens it. */
export const WITHHELD: readonly string[] = [
  ENV.redisUrl,
  ENV.redisUsername,
  ENV.redisPassword,
  ENV.redisPasswordFile,
  ENV.redisCaFile,
  ENV.redisCertFile,
  ENV.redisKeyFile,
  ENV.redisSentinelUsername,
  ENV.redisSentinelPassword,
  ENV.redisSentinelPasswordFile,
  // The last words of the container are the worker's.
  ENV.terminationLog,
];

/** Variables that tell a command what it is run for. */
export const ITEM_ENV = {
  payload: 'WORK_ITEM',
  id: 'WORK_ITEM_ID',
  attempt: 'WORK_ITEM_ATTEMPT',
  token: 'WORK_ITEM_TOKEN',
  queue: 'WORK_ITEM_QUEUE',
} as const;

/** What a command is run for. */
export interface ItemOfCommand {
  /** The payload, where it is text. */
  readonly text: string | undefined;
  readonly id: number;
  readonly attempt: number;
  readonly token: string;
  readonly queue: string;
}

/** The environment of a command: that of its worker without what is withheld, and what it is run for. */
export function commandEnvironment(worker: NodeJS.ProcessEnv, item: ItemOfCommand): NodeJS.ProcessEnv {
  const dropped = new Set<string>([...WITHHELD, ...Object.values(ITEM_ENV)]);
  const inherited = Object.entries(worker).filter(([name]) => !dropped.has(name));
  return {
    ...Object.fromEntries(inherited),
    [ITEM_ENV.id]: String(item.id),
    [ITEM_ENV.attempt]: String(item.attempt),
    [ITEM_ENV.token]: item.token,
    [ITEM_ENV.queue]: item.queue,
    ...(item.text !== undefined && fits(item.text) && { [ITEM_ENV.payload]: item.text }),
  };
}

function fits(text: string): boolean {
  return Buffer.byteLength(`${ITEM_ENV.payload}=${text}`) < STRING_BYTES;
}
