import { Redis } from 'ioredis';

/** The least that any worker on Node must do: start, load the client, hear from Redis. */
const redis = new Redis(String(process.env.REDIS_URL));
void redis.ping().then(() => {
  console.log(performance.timeOrigin + performance.now());
  redis.disconnect();
});
