export { RedisCluster, type RedisClusterOptions, SlotMove, startRedisCluster } from './redis-cluster';
