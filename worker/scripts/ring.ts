/**
 * Wakes idle workers. It also gives `WAITAOF`, which waits for the writes of its own connection, a write to wait for.
 *
 *   KEYS  1 the list
 *   ARGV  1 why
 *   reply the id of the entry
 */
export const RING = String.raw`
-- At maxmemory Redis refuses the first write of a script if it may grow memory; this one cannot.
redis.call('LTRIM', KEYS[1], 0, -1)
return redis.call('XADD', '{' .. KEYS[1] .. '}:wake', 'MAXLEN', 1, '*', 'why', ARGV[1])
`;
