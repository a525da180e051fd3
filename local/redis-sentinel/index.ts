export { RedisSentinels, type RedisSentinelsOptions, startSentinels } from './redis-sentinels';
