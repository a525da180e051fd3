import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from '../lib';
import { LocalCluster } from '../local/cluster';
import { ContainerLog, ContainerProcess, expand } from '../local/kubelet';
import { Authority, CAN_ISSUE } from '../local/redis/authority';

// A store that is made with a certificate: its container as a process, and fill, gate and worker against it.

const WORKER = `
  const { defineQueue, runWorker } = require(${JSON.stringify(join(__dirname, '../build/worker'))});
  runWorker(defineQueue({ name: 'fruit' }), () => {});
`;
const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? describe : describe.skip)(`a made store with TLS${why}`, () => {
  let folder: string;
  let authority: Authority;
  let port: number;
  let log: ContainerLog;
  let store: ContainerProcess;
  let cluster: LocalCluster;
  const secret = { name: 'redis-tls' };

  function mount({ certificate, key }: { certificate: string; key: string }): void {
    for (const [name, from] of [
      ['tls.crt', certificate],
      ['tls.key', key],
    ] as const) {
      writeFileSync(join(folder, 'next'), readFileSync(from));
      renameSync(join(folder, 'next'), join(folder, name));
    }
  }

  /** The serial number of the certificate that the server shows. */
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: 'localhost', ca: readFileSync(authority.file) }, () => {
        resolve((socket.getPeerCertificate() as PeerCertificate).serialNumber);
        socket.destroy();
      }).on('error', reject);
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'made-tls-'));
    mkdirSync(join(folder, 'data'));
    authority = new Authority();
    mount(authority.issue());
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    ({ port } = probe.address() as { port: number });
    await new Promise((resolve) => probe.close(resolve));

    const chart = Testing.chart();
    const password = { secret: { name: 'credentials' }, key: 'password' };
    const redis = RedisStore.pod(chart, 'redis', { podName: 'redis', serviceName: 'redis', tls: { secret }, password });
    new RedisWorkQueueJob(chart, 'fruit', {
      jobName: 'fruit',
      queueName: 'fruit',
      image: 'worker',
      items: ['apple', 'banana'],
      redis,
    });
    // The name of the Service leads here, and its port is free.
    const here = (text: string) =>
      text
        .replaceAll('/etc/redis-tls', folder)
        .replaceAll('/data', join(folder, 'data'))
        .replaceAll('6379', String(port))
        .replaceAll('sleep 5', 'sleep 0.1')
        .replaceAll('rediss://redis:', 'rediss://localhost:')
        .replaceAll('--sni redis ', '--sni localhost ');
    const objects = JSON.parse(here(JSON.stringify(Testing.synth(chart))));
    const secrets = {
      'redis-tls': { 'ca.crt': readFileSync(authority.file, 'utf8') },
      credentials: { password: 'secret' },
    };
    cluster = new LocalCluster({ secrets }).apply(objects);
    const [container] = cluster.object('Pod', 'redis').spec.containers;
    const cli = execFileSync('sh', ['-c', 'command -v redis-cli'], { encoding: 'utf8' }).trim();
    const once = '[ -e "$0.tried" ] || { : >"$0.tried"; echo "no connection"; exit 1; }';
    writeFileSync(join(folder, 'redis-cli'), `#!/bin/sh\n${once}\nexec ${cli} "$@"\n`, { mode: 0o755 });
    log = new ContainerLog('The store');
    store = new ContainerProcess({
      command: [...container.command, ...container.args].map((text) => expand(text, {})),
      env: { PATH: `${folder}:${process.env.PATH}`, REDISCLI_AUTH: 'secret' },
      output: (line) => log.add(line),
    });
    await log.line(/ready to accept connections/i);
  });

  afterAll(async () => {
    store?.kill('SIGKILL');
    await store?.end;
    await cluster?.stop();
    authority?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('fill, gate and worker reach it, before and after its certificate is renewed; it ends with SIGTERM', async () => {
    expect(await cluster.run('fruit-fill')).toEqual([0]);
    const before = await shown();
    mount(authority.issue());
    await log.line('The renewed certificate is not loaded: no connection');
    await log.line('The renewed certificate is loaded.');
    expect(await shown()).not.toBe(before);
    expect(await cluster.run('fruit', { image: ['node', '-e', WORKER] })).toEqual([0]);
    const [container] = cluster.object('Pod', 'redis').spec.containers;
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const [program, ...args] = container[probe].exec.command;
      execFileSync(program, args, { env: { PATH: process.env.PATH, REDISCLI_AUTH: 'secret' } });
    }
    store.kill('SIGTERM');
    expect(await store.exitCode).toBe(0);
  });
});
