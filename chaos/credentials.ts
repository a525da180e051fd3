import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority, type RedisServerOptions, type ServerCertificate } from '../local/redis';
import type { Connection } from '../worker/redis';
import type { StoreAddress } from '../worker/settings';

/** The user of workers, the filler and the simulated incarnations; the harness and the servers have another one. */
const USER = 'worker';

/** Something that servers and clients agree on, and that another one replaces. */
export interface Replacement {
  /** From now on both are good, the new one too. */
  accept(servers: readonly Connection[]): Promise<unknown>;
  /** From now on the new one alone is, and every client has to come again. */
  replace(servers: readonly Connection[]): Promise<void>;
}

/** The certificate of the servers of a run, and the password of their clients: files that change while it runs. */
export class Credentials {
  private readonly certificate: ServerCertificate;
  private readonly passwordFile: string;
  private readonly aclFile: string;
  private readonly names: string;
  private readonly authorities: Authority[] = [];
  private password = newPassword();

  /**
   * @param hosts whom the certificate is for
   * @param authorityStays a new certificate is from the same authority: sentinels load no other one while they run
   */
  constructor(
    dir: string,
    hosts: readonly string[],
    private readonly authorityStays: boolean,
  ) {
    const folder = join(dir, 'credentials');
    mkdirSync(folder);
    this.names = hosts.map((host) => `IP:${host}`).join();
    this.certificate = {
      certificate: join(folder, 'tls.crt'),
      key: join(folder, 'tls.key'),
      authorities: join(folder, 'ca.crt'),
    };
    this.passwordFile = join(folder, 'password');
    this.aclFile = join(folder, 'users.acl');
    this.trustAnother();
    this.issue();
    this.allow(this.password);
    put(this.passwordFile, this.password);
  }

  /** How servers are started. */
  get server(): Pick<RedisServerOptions, 'tls' | 'args'> & { readonly tls: ServerCertificate } {
    return { tls: this.certificate, args: ['--aclfile', this.aclFile] };
  }

  /** How clients connect, and find out what has changed. */
  get client(): Pick<Required<StoreAddress>, 'caFile' | 'username' | 'passwordFile'> {
    return { caFile: this.certificate.authorities, username: USER, passwordFile: this.passwordFile };
  }

  /** Another certificate for all servers, which they load while they run. */
  nextCertificate(ofAnotherAuthority: boolean): Replacement {
    return {
      accept: async (servers) => {
        if (!ofAnotherAuthority || this.authorityStays) return;
        this.trustAnother();
        await all(servers, 'CONFIG', 'SET', 'tls-ca-cert-file', this.certificate.authorities);
      },
      replace: async (servers) => {
        this.issue();
        await all(servers, 'CONFIG', 'SET', 'tls-cert-file', this.certificate.certificate);
        await killClients(servers);
      },
    };
  }

  /** Another password for all clients, which read it when they connect. */
  nextPassword(): Replacement {
    const before = this.password;
    const next = newPassword();
    this.password = next;
    return {
      accept: async (servers) => {
        this.allow(before, next);
        await all(servers, 'ACL', 'SETUSER', USER, hashed(next));
        put(this.passwordFile, next);
      },
      replace: async (servers) => {
        this.allow(next);
        await all(servers, 'ACL', 'SETUSER', USER, 'resetpass', hashed(next));
        await killClients(servers);
      },
    };
  }

  /** Removes what is elsewhere. */
  remove(): void {
    for (const authority of this.authorities) authority.remove();
  }

  /** What was issued before is trusted still. */
  private trustAnother(): void {
    this.authorities.push(new Authority(`chaos ${this.authorities.length}`));
    put(this.certificate.authorities, this.authorities.map(({ file }) => readFileSync(file, 'utf8')).join(''));
  }

  private issue(): void {
    const authority = this.authorities.at(-1) as Authority;
    const issued = authority.issue({ names: this.names });
    put(this.certificate.certificate, readFileSync(issued.certificate));
    put(this.certificate.key, readFileSync(issued.key));
  }

  /** For servers that start from now on. */
  private allow(...passwords: readonly string[]): void {
    const rules = '~* &* +@all';
    const lines = [`user default on nopass ${rules}`, `user ${USER} on ${passwords.map(hashed).join(' ')} ${rules}`];
    put(this.aclFile, `${lines.join('\n')}\n`);
  }
}

const newPassword = () => randomBytes(16).toString('hex');

const hashed = (password: string) => `#${createHash('sha256').update(password).digest('hex')}`;

/** Nobody ever reads half of it. */
function put(file: string, content: string | Buffer): void {
  writeFileSync(`${file}.next`, content, { mode: 0o600 });
  renameSync(`${file}.next`, file);
}

async function all(servers: readonly Connection[], name: string, ...args: string[]): Promise<void> {
  await Promise.all(servers.map((server) => server.insist(() => server.command(name, ...args))));
}

const killClients = (servers: readonly Connection[]) => all(servers, 'CLIENT', 'KILL', 'USER', USER);
