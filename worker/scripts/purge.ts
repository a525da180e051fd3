import { type KeyName, QUEUE_KEYS } from './keys';

/**
 * Removes a queue with all its keys. Workers that run on it end with "data lost".
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, then the other fixed keys of the queue
 *   ARGV  1 the queue's epoch, or '' if it has none yet
 *   reply keys removed; 0 if the queue has another epoch: a late copy of this call finds the next queue of this name
 */
export const PURGE_KEYS: readonly KeyName[] = QUEUE_KEYS;

export const PURGE = String.raw`
local call = redis.call
if (call('HGET', KEYS[2], 'epoch') or '') ~= ARGV[1] then return 0 end
local gone = {unpack(KEYS)}
for _, zset in ipairs({KEYS[3], KEYS[4]}) do
  for _, incarnation in ipairs(call('ZRANGE', zset, 0, -1)) do
    for _, name in ipairs({'worker', 'held', 'running'}) do
      gone[#gone + 1] = '{' .. KEYS[1] .. '}:' .. name .. ':' .. incarnation
    end
  end
end
local removed = 0
for from = 1, #gone, 1000 do removed = removed + call('UNLINK', unpack(gone, from, math.min(from + 999, #gone))) end
return removed
`;
