/**
 * Removes a queue with all its keys. Workers that run on it end with "data lost".
 *
 *   KEYS  1 the list
 *   ARGV  1 the queue's epoch, or '' if it has none yet
 *   reply keys removed; 0 if the queue has another epoch: a late copy of this call finds the next queue of this name
 */
export const PURGE = String.raw`
local list = KEYS[1]
local function key(name) return '{' .. list .. '}:' .. name end
if (redis.call('HGET', key('meta'), 'epoch') or '') ~= ARGV[1] then return 0 end
local gone = {}
for _, incarnation in ipairs(redis.call('ZRANGE', key('leases'), 0, -1)) do
  for _, name in ipairs({'worker:', 'held:', 'running:'}) do gone[#gone + 1] = key(name .. incarnation) end
end
for _, name in ipairs({'leases', 'retries', 'suspects', 'waiting', 'attempts', 'dead', 'results', 'runs', 'fills', 'wake',
  'meta'}) do gone[#gone + 1] = key(name) end
gone[#gone + 1] = list
local removed = 0
for _, name in ipairs(gone) do removed = removed + redis.call('UNLINK', name) end
return removed
`;
