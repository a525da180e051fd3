/**
 * The state of a queue at one moment. It writes nothing.
 *
 *   KEYS  1 the list
 *   ARGV  1 items to show for each worker
 *         2 bytes to show of each of them
 *   reply length of the list, meta, items that wait for another attempt, dead letters,
 *         and for each lease: incarnation, deadline, name, items that it holds, (length, first bytes) of some of them
 */
export const STATUS = String.raw`
local list, peek, bytes = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local function key(name) return '{' .. list .. '}:' .. name end
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
local leases = call('ZRANGE', key('leases'), 0, -1, 'WITHSCORES')
for i = 1, #leases, 2 do
  local running, held = key('running:' .. leases[i]), key('held:' .. leases[i])
  workers[#workers + 1] = {leases[i], leases[i + 1], call('HGET', key('worker:' .. leases[i]), 'name') or '',
    call('LLEN', held) + call('HLEN', running), peek > 0 and inHand(running, held) or {}}
end
return {call('LLEN', list), call('HGETALL', key('meta')), call('HLEN', key('waiting')), call('HLEN', key('dead')), workers}
`;
