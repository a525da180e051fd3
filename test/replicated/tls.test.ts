import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { Testing } from 'cdk8s';
import { RedisStore, RedisWorkQueueJob } from '../../lib';
import { LocalCluster } from '../../local/cluster';
import { Authority, CAN_ISSUE } from '../../local/redis/authority';
import { type Member, Members } from '../../local/redis-members';
import { until } from '../until';

// The containers of RedisStore.replicated with a certificate as processes, and fill, gate and workers against them.

const PASSWORD = 'secret';
const workerOf = (queue: string) => `
  const { defineQueue, runWorker } = require(${JSON.stringify(join(__dirname, '../../build/worker'))});
  runWorker(defineQueue({ name: '${queue}' }), () => {});
`;
const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? describe : describe.skip)(`a replicated store with TLS${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'replicated-tls-'));
  let authority: Authority;
  let members: Members;
  let cluster: LocalCluster;

  /** Puts files into the volume with the certificate. */
  function mount(files: Record<string, string>): void {
    for (const [name, file] of Object.entries(files)) {
      copyFileSync(file, join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, name));
    }
  }

  /** A certificate for the addresses of all members. */
  const issue = () => authority.issue({ names: members.pods.map(({ address }) => `IP:${address}`).join(',') });

  function renew(): void {
    const { certificate, key } = issue();
    mount({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.file });
  }

  /** The serial number of the certificate that a server or a sentinel shows; undefined where it does not answer. */
  const shown = ({ address }: Member, port: number) =>
    new Promise<string | undefined>((resolve) => {
      const socket = connect({ port, host: address, ca: readFileSync(authority.file) }, () => {
        resolve((socket.getPeerCertificate() as PeerCertificate).serialNumber);
        socket.destroy();
      }).on('error', () => resolve(undefined));
    });
  const allShown = () => Promise.all([6379, 26379].flatMap((port) => members.pods.map((pod) => shown(pod, port))));

  /** Fills a queue and drains it, as the Job of the chart does. */
  async function work(job: string): Promise<void> {
    for (const [name, image] of [[`${job}-fill`], [job, ['node', '-e', workerOf(job)]]] as const) {
      for (const pod of cluster.start(name, { image })) {
        if ((await pod.ended) !== 0) throw new Error(`${name} failed:\n${pod.output}\n${members.log}`);
      }
    }
  }

  beforeAll(async () => {
    authority = new Authority();
    const chart = Testing.chart();
    const redis = RedisStore.replicated(chart, 'redis', {
      statefulSetName: 'redis',
      serviceName: 'redis',
      persistent: false,
      password: { secret: { name: 'credentials' }, key: 'password' },
      tls: { secret: { name: 'redis-tls' } },
    });
    for (const queueName of ['first', 'renewed', 'failed-over']) {
      new RedisWorkQueueJob(chart, queueName, {
        jobName: queueName,
        queueName,
        image: 'worker',
        items: ['apple', 'banana'],
        redis,
      });
    }
    const manifests = JSON.parse(JSON.stringify(Testing.synth(chart)).replaceAll('sleep 5', 'sleep 0.5'));
    members = new Members(manifests, { password: PASSWORD, certificates: folder });
    renew();
    members.start();
    const secrets = {
      'redis-tls': { 'ca.crt': readFileSync(authority.file, 'utf8') },
      credentials: { password: PASSWORD },
    };
    cluster = new LocalCluster({ secrets }).apply(JSON.parse(members.here(JSON.stringify(manifests))));
    await members.ready();
  });

  afterAll(async () => {
    await members?.stop();
    await cluster?.stop();
    authority?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('fill, gate and workers reach it, with a renewed certificate and after a failover, too', async () => {
    await work('first');

    const before = await allShown();
    const primary = await members.primary();
    mount({ 'tls.key': issue().key });
    for (const container of ['redis', 'sentinel']) {
      const refused = `${primary.name} ${container}: The renewed certificate is not loaded`;
      await until('a key of another certificate is refused', () => members.log.includes(refused));
    }
    expect(await allShown()).toEqual(before);
    renew();
    await until('servers and sentinels show the renewed certificate', allShown, (serials) =>
      serials.every((serial) => serial !== undefined && !before.includes(serial)),
    );
    await members.ready();
    expect(await members.primary()).toBe(primary);
    await work('renewed');

    await primary.kill();
    const next = await members.primary(primary);
    await work('failed-over');
    primary.start();
    await primary.ready();
    expect(await members.primary()).toBe(next);
    expect(await next.terminate()).toEqual({ redis: 0, sentinel: 0 });
    expect(members.log).toMatch(/Handed over to/);
  });
});
