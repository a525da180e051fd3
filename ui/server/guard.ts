import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { Refusal } from './refusal';

export interface GuardOptions {
  /** Name or address that is listened on beside loopback; undefined: loopback alone. */
  readonly host: string | undefined;
  /** What who comes has to know; undefined: nothing. */
  readonly token: string | undefined;
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

/**
 * Who gets in. A browser runs pages of anybody beside this one, and lets them send requests here:
 *
 * - by a name of theirs that leads to this machine (DNS rebinding): such a name is in `Host`;
 * - from their own pages (CSRF): their origin is in `Origin`, or `Sec-Fetch-Site` says so, and a request with
 *   `content-type: application/json` or a header of our own needs a permission that no answer here gives.
 */
export class Guard {
  constructor(private readonly options: GuardOptions) {}

  get asksForToken(): boolean {
    return this.options.token !== undefined;
  }

  /** @throws Refusal it does not come from this page, or from a program that calls this server by its name */
  check(request: IncomingMessage): void {
    const host = this.checkHost(request);
    const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = request.headers;
    if (origin !== undefined && origin !== `http://${host}`) {
      throw new Refusal(
        403,
        `This request comes from ${origin}; only the page at http://${host}/ may ask this server.`,
      );
    }
    const isLink = request.method === 'GET' && mode === 'navigate' && dest === 'document';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink) {
      throw new Refusal(
        403,
        `This request comes from another site; only the page at http://${host}/ may ask this server.`,
      );
    }
  }

  /** @throws Refusal it is no request by which this page changes something */
  checkChange({ headers }: IncomingMessage): void {
    if (headers.origin === undefined) {
      throw new Refusal(
        403,
        'This request has no Origin; changes are made by the page, or with `rwq` on the command line.',
      );
    }
    if (headers['x-rwq'] !== '1') {
      throw new Refusal(
        403,
        'This request has no header x-rwq: 1; changes are made by the page, or with `rwq` on the command line.',
      );
    }
    const type = headers['content-type'] ?? '';
    if (!/^application\/json\s*(;|$)/i.test(type)) {
      throw new Refusal(415, `The content-type is ${JSON.stringify(type)}; allowed is application/json.`);
    }
  }

  /** @throws Refusal it does not bring the token: in its cookie, as a bearer, or, of a page that is opened, in its address */
  checkToken(request: IncomingMessage, given: string | null): void {
    const { token } = this.options;
    if (token === undefined) return;
    const [, bearer] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const brought = [given, bearer, cookieOf(request, this.cookieName(request))];
    if (brought.some((each) => each !== null && each !== undefined && isSame(each, token))) return;
    throw new Refusal(
      401,
      'This page takes the access token that `rwq ui` has printed: open the address that it printed, in full.',
      {
        'www-authenticate': 'Bearer',
      },
    );
  }

  /** What keeps the token in the browser, once it was in the address. */
  cookie(request: IncomingMessage): string {
    return `${this.cookieName(request)}=${this.options.token}; Path=/; HttpOnly; SameSite=Lax`;
  }

  /** Cookies know no ports: two servers on one machine need two names. */
  private cookieName({ socket }: IncomingMessage): string {
    return `rwq-ui-${socket.localPort}`;
  }

  private checkHost(request: IncomingMessage): string {
    const all = request.headersDistinct.host ?? [];
    const [host = ''] = all;
    const name = /^(\[[\da-f:.]+\]|[^\s:@/[\]]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
    if (all.length === 1 && name !== undefined && this.isOurs(name)) return host;
    const { host: given } = this.options;
    const names = given === undefined ? 'localhost and 127.0.0.1' : `localhost, 127.0.0.1 and ${given}`;
    const fix = given === undefined ? ' For another name, start `rwq ui --host NAME`.' : '';
    throw new Refusal(
      403,
      `This request is for the host ${JSON.stringify(all.join(', '))}; this server answers to ${names}.${fix}`,
    );
  }

  private isOurs(name: string): boolean {
    if (name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'))) return true;
    const { host } = this.options;
    if (host === undefined) return false;
    const given = host.toLowerCase();
    if (name === given || name === `[${given}]`) return true;
    // Whoever gives an address leads nobody astray by it: only a name can be pointed to this machine by its owner.
    return ANY_ADDRESS.has(given) && (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === hostname().toLowerCase());
  }
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Takes as long whatever differs. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
