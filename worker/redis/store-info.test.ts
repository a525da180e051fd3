import { fullness, memoryText, StoreInfo } from './store-info';

const MIB = 1_048_576;
const info = (...lines: string[]) => new StoreInfo(['# Server', ...lines, ''].join('\r\n'));

test.each<[string | undefined, string[]]>([
  ['Redis 7.0.15', ['redis_version:7.0.15', 'redis_mode:standalone', 'os:Linux 6.1 x86_64']],
  ['Redis 8.2.10', ['redis_version:8.2.10', 'executable:/data/valkey-server']],
  ['Valkey 8.1.1', ['redis_version:7.2.4', 'server_name:valkey', 'valkey_version:8.1.1']],
  ['Valkey 9.0.0', ['redis_version:7.2.4', 'valkey_version:9.0.0']],
  ['Dragonfly 1.40.1', ['redis_version:7.4.0', 'dragonfly_version:df-v1.40.1', 'redis_mode:standalone']],
  ['KeyDB 6.3.4', ['redis_version:6.3.4', '# KeyDB', 'mvcc_depth:0']],
  ['Garnet 1.0.84', ['garnet_version:1.0.84', 'redis_version:7.4.3']],
  ['Kvrocks 2.13.0', ['version:2.13.0', 'redis_version:7.0.0', 'kvrocks_version:2.13.0']],
  ['Redis Enterprise 7.22.2-14', ['redis_version:7.4.2', 'rlec_version:7.22.2-14']],
  ['Upstash 1.10.5', ['upstash_version:1.10.5', 'redis_version:6.2.6']],
  ['ElastiCache 7.1.0', ['redis_version:7.1.0', 'os:Amazon ElastiCache']],
  ['ElastiCache 8.1.0', ['redis_version:7.2.4', 'server_name:valkey', 'valkey_version:8.1.0', 'os:Amazon ElastiCache']],
  [undefined, []],
])('%s', (server, lines) => {
  expect(info(...lines).server).toBe(server);
});

test('what is worth a word in a log', () => {
  expect(
    info(
      'redis_version:7.0.15',
      'redis_mode:cluster',
      'role:slave',
      'aof_enabled:0',
      `used_memory:${3 * MIB}`,
      `maxmemory:${512 * MIB}`,
    ).facts,
  ).toBe('Redis 7.0.15, a node of a cluster, a replica, no append-only file, 3 of 512 MiB in use');
  expect(info('redis_version:7.0.15', 'aof_enabled:1', 'role:master').facts).toBe('Redis 7.0.15');
  expect(new StoreInfo('OK').facts).toBe('it does not say what it is');
});

test('memory, without what does not count against maxmemory', () => {
  const { memory } = info(`used_memory:${90 * MIB}`, `mem_not_counted_for_evict:${10 * MIB}`, `maxmemory:${100 * MIB}`);
  expect(memory).toEqual({ used: 80 * MIB, max: 100 * MIB });
  expect(memory && [fullness(memory), memoryText(memory)]).toEqual([0.8, '80 of 100 MiB']);
  const unlimited = info(`used_memory:${MIB}`, 'maxmemory:0').memory;
  expect(unlimited).toEqual({ used: MIB, max: undefined });
  expect(unlimited && [fullness(unlimited), memoryText(unlimited)]).toEqual([0, '1 MiB']);
  expect(info('redis_version:7.0.15').memory).toBeUndefined();
});

test('replicas count once they are in sync', () => {
  const line = (n: number, state: string) => `slave${n}:ip=10.0.0.${n},port=6379,state=${state},offset=1,lag=0`;
  expect(info(line(0, 'online'), line(1, 'wait_bgsave'), line(12, 'online')).replicas).toBe(2);
  expect(info('connected_slaves:0').replicas).toBe(0);
});
