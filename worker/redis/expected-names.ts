import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Node, RedisUrl } from '../settings';
import { serverNameOf } from './tls-problem';

/**
 * The names that the certificate of a node may be for: its own; where it was told by its IP address, that or one of those
 * that the address of the store names. One that was given beside the address is the only one.
 */
export function expectedNames(node: Node, { seeds, serverName }: RedisUrl): ConnectionOptions {
  if (serverName) return { servername: serverName };
  const [name, ...others] = seeds.map(({ host }) => host).filter((host) => isIP(host) === 0);
  if (isIP(node.host) === 0 || name === undefined) return serverNameOf(node);
  const { checkServerIdentity } = require('node:tls') as typeof import('node:tls');
  return {
    ...serverNameOf({ host: name }),
    checkServerIdentity: (first, certificate) => {
      const problem = checkServerIdentity(first, certificate);
      const isOther = [node.host, ...others].some((host) => !checkServerIdentity(host, certificate));
      return isOther ? undefined : problem;
    },
  };
}
