import type { KeyName } from './keys';

export const RING_KEYS: readonly KeyName[] = ['list', 'leases', 'idle', 'wake', 'absent'];

/**
 * Wakes workers that wait, up to 64. It also gives `WAITAOF`, which waits for the writes of its own connection, a write to wait
 * for: it always pushes a token, and takes it off again where nobody waits for it.
 *
 *   KEYS  1 list, 2 leases, 3 idle, 4 wake, 5 absent
 *   reply workers that it wakes
 */
export const RING = String.raw`
-- At maxmemory Redis refuses the first write of a script if it may grow memory; this one cannot.
redis.call('LTRIM', KEYS[1], 0, -1)
local workers = redis.call('ZCARD', KEYS[2]) + redis.call('ZCARD', KEYS[3])
local n = math.max(1, math.min(workers, 64) - redis.call('LLEN', KEYS[4]))
for i = 1, n do redis.call('RPUSH', KEYS[4], '1') end
if workers == 0 then redis.call('DEL', KEYS[4]) end
return n
`;
