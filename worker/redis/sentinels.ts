import type { Redis } from 'ioredis';
import { ENV } from '../contract';
import { ConfigurationError, textOf } from '../errors';
import type { Node, StoreAddress } from '../settings';
import { type ClientOptions, cut, newClient } from './client';
import { PasswordFile } from './password-file';

/** The sentinels say that it will not work like this; the message goes on from their name. */
export class SentinelRefusal extends Error {}

const DENIED = /^(NOAUTH|WRONGPASS|NOPERM)\b|without any password configured/;

/** Who know the primary. They are asked in turn, from the one on that answered last. */
export class Sentinels {
  private first = 0;
  private abandon: (() => void) | undefined;

  private readonly passwordFile: PasswordFile | undefined;

  /** @throws ConfigurationError the file of their password cannot be used, or they have a user and no password */
  constructor(
    private readonly nodes: readonly Node[],
    private readonly name: string,
    private readonly address: StoreAddress,
    /** Time that one of them may take to answer, in ms. */
    private readonly deadline: number,
  ) {
    const file = address.sentinelPasswordFile;
    if (file) this.passwordFile = new PasswordFile(file, ENV.redisSentinelPasswordFile);
    else if (address.sentinelUsername && !address.sentinelPassword) {
      throw new ConfigurationError(
        `${ENV.redisSentinelUsername} is set, and there is no password of the sentinels: set ${ENV.redisSentinelPassword} or ${ENV.redisSentinelPasswordFile} too, or leave the user unset`,
      );
    }
  }

  /**
   * The primary that one of them names. The next one is asked when one fails, and also when it takes its time; the first
   * answer counts.
   *
   * @throws SentinelRefusal most of them refuse, or do not know the name
   */
  primary(tls: (node: Node) => Pick<ClientOptions, 'tls'>): Promise<Node> {
    const { first, nodes } = this;
    const problems: unknown[] = [];
    const asked = new Set<Redis>();
    return new Promise<Node>((resolve, reject) => {
      let next = 0;
      let timer: NodeJS.Timeout | undefined;
      const askNext = () => {
        clearTimeout(timer);
        if (next === nodes.length) return;
        const at = (first + next++) % nodes.length;
        timer = setTimeout(askNext, this.deadline / (2 * nodes.length));
        this.ask(nodes[at] as Node, tls, asked).then(
          (node) => {
            clearTimeout(timer);
            this.first = at;
            resolve(node);
          },
          (problem) => {
            problems.push(problem);
            if (problems.length === nodes.length) reject(this.verdict(problems));
            else askNext();
          },
        );
      };
      this.abandon = () => {
        next = nodes.length;
        clearTimeout(timer);
        reject(new Error('the sentinels are asked no longer'));
      };
      askNext();
    }).finally(() => {
      for (const client of asked) cut(client);
    });
  }

  /** What the one that answered last said was of no use: the next time, another one comes first. */
  doubt(): void {
    this.first = (this.first + 1) % this.nodes.length;
  }

  /** Waits for no answer any more. */
  stop(): void {
    this.abandon?.();
  }

  private async ask(sentinel: Node, tls: (node: Node) => Pick<ClientOptions, 'tls'>, asked: Set<Redis>): Promise<Node> {
    const { sentinelUsername: username } = this.address;
    const password = this.passwordFile?.password ?? this.address.sentinelPassword;
    const { client, ready } = newClient(sentinel, {
      ...tls(sentinel),
      deadline: this.deadline,
      ...(username && { username }),
      ...(password && { password }),
    });
    asked.add(client);
    const timer = setTimeout(() => cut(client), this.deadline);
    try {
      await ready;
      const said = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name);
      const [host, port] = (said ?? []) as string[];
      if (host && port) return { host, port: Number(port) };
    } catch (error) {
      throw refusalOf(error) ?? error;
    } finally {
      clearTimeout(timer);
      asked.delete(client);
      cut(client);
    }
    throw new SentinelRefusal(
      `know no primary ${JSON.stringify(this.name)}: write the name that they have for it (SENTINEL MASTERS lists them) behind their addresses`,
    );
  }

  /** One alone may have been started a moment ago, or not be configured yet. */
  private verdict(problems: readonly unknown[]): unknown {
    const refusals = problems.filter((problem) => problem instanceof SentinelRefusal);
    if (refusals.length > this.nodes.length / 2) return refusals[0];
    const others = problems.filter((problem) => !(problem instanceof SentinelRefusal));
    if (refusals.length === 0) return others[0];
    return new Error(`no sentinel names the primary: one ${refusals[0]?.message}, another one: ${textOf(others[0])}`);
  }
}

function refusalOf(error: unknown): SentinelRefusal | undefined {
  const said = textOf(error)
    .replace(/^ReplyError: /, '')
    .replace(/\.$/, '');
  if (DENIED.test(said)) {
    return new SentinelRefusal(
      `refuse: ${said}. Check ${ENV.redisSentinelUsername} and ${ENV.redisSentinelPassword}, which are theirs alone`,
    );
  }
  if (/^ERR unknown command/.test(said)) {
    return new SentinelRefusal(
      'are none, but servers that hold data: name the sentinels, which listen on port 26379 by default, or write redis:// for a server',
    );
  }
  return undefined;
}

/** A sentinel may name one that is not the primary yet, or not any more. */
export async function expectPrimary(client: Redis, { host, port }: Node): Promise<void> {
  let role: unknown;
  try {
    [role] = (await client.call('ROLE')) as unknown[];
  } catch (error) {
    // A user that may not ask for it finds out by READONLY.
    if (/^NOPERM\b/.test(String(Object(error).message))) return;
    throw error;
  }
  if (role !== 'master') throw new Error(`${host}:${port}, which a sentinel names as the primary, is a replica`);
}
