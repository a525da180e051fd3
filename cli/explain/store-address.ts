import { ENV } from '../../worker/contract';
import type { Container } from './manifest';

/** Where clients of a store ask, as their variables name it. */
export interface StoreAddress {
  /** `host:port` each: the server; nodes of a Redis Cluster; or sentinels, where there is a `primaryName`. */
  readonly addresses: readonly string[];
  readonly tls: boolean;
  /** What the sentinels call the primary. */
  readonly primaryName: string | undefined;
  /** Its number; undefined where it is 0. */
  readonly database: string | undefined;
}

const URL = /^(redis|rediss)(\+sentinel)?:\/\/(?:.*@)?([^/]*)(?:\/(.*))?$/is;

/** The parts of the address of a store. What comes out of a Secret is named by its key. */
export function storeAddress(url: string, { env = [] }: Container): StoreAddress {
  const [, scheme = 'redis', sentinel, places = url, path = ''] = URL.exec(url) ?? [];
  const shown = (text: string) =>
    text.replace(/\$\(([-._\w]+)\)/g, (whole, variable) => {
      const { secretKeyRef } = env.find(({ name }) => name === variable)?.valueFrom ?? {};
      return secretKeyRef ? `<${secretKeyRef.key} in Secret ${secretKeyRef.name}>` : whole;
    });
  const [primaryName, database] = sentinel ? path.split('/') : [undefined, path];
  return {
    addresses: places.split(',').map(shown),
    tls: scheme.toLowerCase() === 'rediss',
    primaryName,
    database: database && database !== '0' ? shown(database) : undefined,
  };
}

/** Whether the variables have a password for the servers of the store. */
export function hasPassword({ env = [] }: Container): boolean {
  return env.some(({ name }) => name === ENV.redisPassword || name === ENV.redisPasswordFile);
}
