import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority, CAN_ISSUE } from '../../local/redis/authority';
import { KubectlFront } from '../kubectl-front';
import { startTlsRedis, type TlsRedis } from '../tls-redis';
import { rwq } from './rwq';

const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? describe : describe.skip)(`the command line and TLS${why}`, () => {
  let folder: string;
  let authority: Authority;
  let redis: TlsRedis;
  let kubectl: KubectlFront;
  let options: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rwq-tls-'));
    authority = new Authority();
    const server = authority.issue({ names: 'DNS:localhost,DNS:redis,DNS:redis.jobs.svc' });
    redis = await startTlsRedis(authority, server, ['--tls-auth-clients', 'yes', '--requirepass', 'secret']);
    kubectl = await KubectlFront.open(() => ({
      out: `Forwarding from 127.0.0.1:${redis.port} -> 6379\n`,
      stays: true,
    }));
    kubectl.install(folder);
    writeFileSync(join(folder, 'password'), 'secret\n');
    const { certificate, key } = authority.issue();
    const files = ['--cacert', authority.file, '--cert', certificate, '--cert-key', key];
    options = [...files, '--password-file', join(folder, 'password')];
  });

  afterAll(async () => {
    kubectl?.close();
    await redis?.server.stop();
    authority?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    rwq(['status', '--json', '--sample', '0', '--queue', 'q', ...args], {
      env: { PATH: `${folder}:${process.env.PATH}`, ...env },
    });

  test('by options, at an address and through a tunnel to a Service', async () => {
    for (const way of [
      ['--url', redis.url],
      ['--kube', 'jobs/redis'],
      ['--kube', 'jobs/another-name', '--tls-servername', 'redis.jobs.svc'],
    ]) {
      const { code, stdout, stderr } = await run([...way, ...options]);
      expect({ way, code, stderr, waiting: JSON.parse(stdout || '{}').waiting }).toMatchObject({ code: 0, waiting: 0 });
    }
  });

  test('the certificate must be that of the Service', async () => {
    const { code, stderr } = await run(['--kube', 'another-name', ...options]);
    expect(code).toBe(81);
    expect(stderr).toContain('its certificate is for another host');
  });

  test.each([
    [
      ['--url', 'redis://localhost:1', '--cacert', 'ca.crt'],
      '--cacert goes with TLS: give an address that begins with rediss://',
    ],
    [
      ['--url', 'rediss://localhost:1', '--cert', 'tls.crt'],
      'A client certificate takes both files: give --cert and --cert-key.',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('a certificate that is asked for and not given', async () => {
    const { code, stderr } = await run(['--url', redis.url, '--cacert', authority.file]);
    expect(code).toBe(81);
    expect(stderr).toContain('it asks for a client certificate, and none was given');
  });
});
