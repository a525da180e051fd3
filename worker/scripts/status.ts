import type { KeyName } from './keys';

/**
 * The state of a queue at one moment. It writes nothing.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 waiting, 6 dead, 7 progress, 8 absent
 *   ARGV  1 items to show for each worker
 *         2 bytes to show of each of them
 *         3 workers to show, those first that hold something; with 0, how far items are is not shown either
 *   reply length of the list, meta, items that wait for another attempt, dead letters,
 *         for each worker that is shown: incarnation, deadline, name, items that it holds, (length, first bytes) of some of
 *         them; how many workers there are; (id, its incarnation and how far it is) of some 1,000 items; where the finalizer
 *         is, once it was made: 'waiting', 'dead' or ''; the time of Redis
 */
export const STATUS_KEYS: readonly KeyName[] = [
  'list',
  'meta',
  'leases',
  'idle',
  'waiting',
  'dead',
  'progress',
  'absent',
];

export const STATUS = String.raw`
local list, meta, leases, idle, waiting, dead, progress = unpack(KEYS)
local peek, bytes, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function key(name, incarnation) return '{' .. list .. '}:' .. name .. ':' .. incarnation end
local call = redis.call

-- What has been running for long stands in the hash; the front of the list was started next.
local function inHand(running, held)
  local shown, ids, payloads = {}, {}, {}
  local function show(payload)
    if #shown < 2 * peek then
      shown[#shown + 1] = #payload
      shown[#shown + 1] = string.sub(payload, 1, bytes)
    end
  end
  local some = call('HSCAN', running, 0, 'COUNT', peek)[2]
  for i = 1, #some, 2 do
    ids[#ids + 1] = tonumber(some[i])
    payloads[ids[#ids]] = some[i + 1]
  end
  table.sort(ids)
  for _, id in ipairs(ids) do show(payloads[id]) end
  for _, payload in ipairs(call('LRANGE', held, 0, peek - 1)) do show(payload) end
  return shown
end

local workers = {}
for _, zset in ipairs({leases, idle}) do
  local some = most > #workers and call('ZRANGE', zset, 0, most - #workers - 1, 'WITHSCORES') or {}
  for i = 1, #some, 2 do
    local running, held = key('running', some[i]), key('held', some[i])
    local leased = zset == leases and call('LLEN', held) + call('HLEN', running) or 0
    workers[#workers + 1] = {some[i], some[i + 1], call('HGET', key('worker', some[i]), 'name') or '', leased,
      leased > 0 and peek > 0 and inHand(running, held) or {}}
  end
end
local final, place = tonumber(call('HGET', meta, 'final') or ''), ''
if final and call('HEXISTS', waiting, final) == 1 then place = 'waiting' end
if final and call('HEXISTS', dead, final) == 1 then place = 'dead' end
return {call('LLEN', list), call('HGETALL', meta), call('HLEN', waiting), call('HLEN', dead), workers,
  call('ZCARD', leases) + call('ZCARD', idle), most > 0 and call('HSCAN', progress, 0, 'COUNT', 1000)[2] or {}, place,
  call('TIME')}
`;
