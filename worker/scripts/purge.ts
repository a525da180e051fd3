/**
 * Removes a queue with all that belongs to it. Workers that are at it end with "data lost".
 *
 *   KEYS  1 the list
 *   reply keys removed
 */
export const PURGE = String.raw`
local list = KEYS[1]
local function key(name) return '{' .. list .. '}:' .. name end
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
