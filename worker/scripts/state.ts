/**
 * What every script of a worker begins with: the keys, the way back, the queue's clock.
 *
 * A Redis script has no rollback. So each step names its inverse before the next one begins, copies are written before
 * their source is removed, and a step that fails sets the earlier ones back. Where even the way back is cut off, an item
 * may stand in two places, never in none.
 *
 * The clock is the queue's own, in ms. Redis' clock moves it, but never backwards, and by no more than `gap` at once:
 * a longer jump means that Redis was away, or stopped, or that somebody set its clock. Then every holder gets one full
 * lease time to report. The gap is half of the shortest lease, and whoever holds a lease calls twice in a gap.
 */
export const STATE = String.raw`
local LIST = KEYS[1]
local function key(name) return '{' .. LIST .. '}:' .. name end
local META, LEASES, RETRIES, SUSPECTS = key('meta'), key('leases'), key('retries'), key('suspects')
local WAITING, ATTEMPTS, DEAD, RUNS, WAKE = key('waiting'), key('attempts'), key('dead'), key('runs'), key('wake')
local FRONT = -9007199254740991
local call, floor = redis.call, math.floor

-- Inverses that push to a list are named after the step they undo, all others may be named before it.
local inverses
local function undo(inverse) inverses[#inverses + 1] = inverse end
local function atomically(body)
  inverses = {}
  local ok, reply = pcall(body)
  if ok then return reply end
  for i = #inverses, 1, -1 do pcall(inverses[i]) end
  return {err = type(reply) == 'table' and reply.err or tostring(reply)}
end

local function whole(number) return string.format('%.0f', number) end

local META_FIELDS = {'version', 'epoch', 'clock', 'wall', 'gap', 'token', 'claimed', 'done', 'dropped', 'largest',
  'sealed', 'total', 'batch', 'paused', 'dry', 'lastclaim'}
local meta, metaWas
local function loadMeta()
  local values = call('HMGET', META, unpack(META_FIELDS))
  if not values[1] and not values[2] then return nil end
  meta, metaWas = {}, {}
  for i, field in ipairs(META_FIELDS) do meta[field] = values[i] or nil metaWas[field] = values[i] or nil end
  for _, field in ipairs({'clock', 'wall', 'token', 'claimed', 'done', 'dropped', 'largest', 'lastclaim'}) do
    meta[field] = tonumber(meta[field] or 0)
  end
  meta.gap = tonumber(meta.gap or 5000)
  meta.dry = meta.dry or ''
  return meta
end

-- Writes the given fields of the loaded meta in one command.
local function saveMeta(...)
  local now, was, gone = {}, {}, {}
  for _, field in ipairs({...}) do
    local value = meta[field]
    now[#now + 1] = field
    now[#now + 1] = type(value) == 'number' and whole(value) or value
    if metaWas[field] then was[#was + 1] = field was[#was + 1] = metaWas[field] else gone[#gone + 1] = field end
  end
  call('HSET', META, unpack(now))
  undo(function()
    if #was > 0 then call('HSET', META, unpack(was)) end
    if #gone > 0 then call('HDEL', META, unpack(gone)) end
  end)
end

local function setLease(incarnation, deadline)
  local was = call('ZSCORE', LEASES, incarnation)
  call('ZADD', LEASES, whole(deadline), incarnation)
  undo(function()
    if was then call('ZADD', LEASES, was, incarnation) else call('ZREM', LEASES, incarnation) end
  end)
end

-- Moves the clock in memory; whoever calls it saves 'clock' and 'wall'. After a silence every lease starts anew.
local micros
local function tick()
  local t = call('TIME')
  micros = t[1] * 1000000 + t[2]
  local wall = floor(micros / 1000)
  local passed = wall - meta.wall
  meta.wall = wall
  if passed >= 0 and passed <= meta.gap then
    meta.clock = meta.clock + passed
    return
  end
  meta.clock = meta.clock + (passed > 0 and meta.gap or 0)
  for _, incarnation in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    local lease = tonumber(call('HGET', key('worker:' .. incarnation), 'lease') or 0)
    if lease > 0 then setLease(incarnation, meta.clock + lease) end
  end
end

-- The first write of every script comes before anything is said, and changes nothing. At maxmemory Redis refuses the
-- first one if it may grow memory, and none after that; settling and giving back free memory in the end. A replica, which
-- may know less than its primary, refuses it, too, so that nobody believes what is missing there to be lost.
call('LTRIM', LIST, 0, -1)
`;
