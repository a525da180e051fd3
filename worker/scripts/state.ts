import { PROTOCOL_VERSION } from '../contract';
import { NAMED_KEYS } from './keys';

/**
 * The keys, the rollback, the queue's clock.
 *
 * Redis does not roll back scripts. So each step names its inverse before the next one begins, copies are written before
 * their source is removed, and if a step fails, the earlier ones are undone, the last one first. That covers one step that
 * fails. If the way back fails too, and something that was cut off cannot be put back, the copies stay: then an item may be
 * in two places, and run twice, but never in none.
 *
 * The clock is the queue's own, in ms. Redis' clock moves it, but never backwards, and by no more than `gap` at once: a
 * longer jump means that Redis was down or stopped, or that its clock was set. Then every holder gets a whole lease to
 * report, from `silence` on. The gap is half of the shortest lease, and a worker that holds a lease calls
 * twice in a gap.
 */
export const BEFORE_WRITES =
  NAMED_KEYS +
  String.raw`
-- A key of an incarnation, which may be another one than the caller.
local function key(name, incarnation) return '{' .. LIST .. '}:' .. name .. ':' .. incarnation end
local FRONT = -9007199254740991
local call, floor = redis.call, math.floor

-- Inverses that push to a list are named after the step they undo, all others may be named before it. putBack names those
-- that bring back a payload, and uncopy those that remove a copy of one.
local inverses, isGone
local function undo(inverse) inverses[#inverses + 1] = inverse end
local function putBack(inverse) undo(function() if not pcall(inverse) then isGone = true end end) end
local function uncopy(inverse) undo(function() if not isGone then inverse() end end) end
local function atomically(body)
  inverses, isGone = {}, false
  local ok, reply = pcall(body)
  if ok then return reply end
  for i = #inverses, 1, -1 do pcall(inverses[i]) end
  return {err = type(reply) == 'table' and reply.err or tostring(reply)}
end

-- Redis writes a number down in seventeen digits, which takes longer than most commands; so does '%.0f'. Where a C long has
-- 32 bits, '%d' has no more.
local WHOLE = string.format('%d', 4294967296) == '4294967296' and '%d' or '%.0f'
local function whole(number) return string.format(WHOLE, number) end

local META_FIELDS = {'version', 'epoch', 'clock', 'wall', 'gap', 'token', 'claimed', 'done', 'dropped', 'largest',
  'sealed', 'total', 'batch', 'paused', 'dry', 'lastclaim', 'ahead', 'silence', 'audit', 'added', 'final', 'finally',
  'finalafter', 'finals', 'checkpoints', 'slow', 'cancelled', 'tokens',
  'refilled'}
local meta, metaWas
local function loadMeta()
  local was = call('HMGET', META, unpack(META_FIELDS))
  if not was[1] and not was[2] then return nil end
  metaWas = was
  meta = {version = was[1] or nil, epoch = was[2] or nil, clock = tonumber(was[3] or 0), wall = tonumber(was[4] or 0),
    gap = tonumber(was[5] or 5000), token = tonumber(was[6] or 0), claimed = tonumber(was[7] or 0),
    done = tonumber(was[8] or 0), dropped = tonumber(was[9] or 0), largest = tonumber(was[10] or 0),
    sealed = was[11] or nil, total = was[12] or nil, batch = was[13] or nil, paused = was[14] or nil,
    dry = was[15] or '', lastclaim = tonumber(was[16] or 0), ahead = tonumber(was[17] or 0), silence = tonumber(was[18] or FRONT),
    audit = was[19] or '', added = tonumber(was[20] or 0), final = was[21] or nil, finally = was[22] or nil,
    finalafter = tonumber(was[23] or 0), finals = tonumber(was[24] or 0), checkpoints = was[25] or nil,
    slow = tonumber(was[26] or 0), cancelled = tonumber(was[27] or ''), tokens = was[28] or nil,
    refilled = tonumber(was[29] or 0)}
  -- Its id, once it was made.
  meta.finalizer = tonumber(meta.final or '')
  return meta
end

-- The meta of a queue that has none yet, which whoever begins it saves.
local function newMeta(by, gap)
  local t = call('TIME')
  meta, metaWas = {version = '${PROTOCOL_VERSION}', epoch = t[1] .. t[2] .. '-' .. by, clock = 0,
    wall = t[1] * 1000 + floor(t[2] / 1000), claimed = 0, done = 0, dropped = 0, gap = gap, token = 0, ahead = 0,
    silence = FRONT, added = 0, finals = 0, slow = 0}, {}
end

-- Writes the given fields of the loaded meta in one command, with this kind of inverse.
local function saveFields(back, ...)
  local fields, now = {...}, {}
  for i, field in ipairs(fields) do
    local value = meta[field]
    now[2 * i - 1], now[2 * i] = field, type(value) == 'number' and whole(value) or value
  end
  call('HSET', META, unpack(now))
  back(function()
    local was, gone = {}, {}
    for _, field in ipairs(fields) do
      for i, name in ipairs(META_FIELDS) do
        if name == field then
          if metaWas[i] then was[#was + 1] = field was[#was + 1] = metaWas[i] else gone[#gone + 1] = field end
        end
      end
    end
    if #was > 0 then call('HSET', META, unpack(was)) end
    if #gone > 0 then call('HDEL', META, unpack(gone)) end
  end)
end
local function saveMeta(...) saveFields(undo, ...) end

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
  meta.silence = meta.clock
  -- Tokens go on by the time that passes, and a minute further: more than a Redis that lost its last seconds forgot.
  if passed < 0 then meta.ahead = meta.ahead - passed * 1000 + 60000000 end
  saveMeta('silence', 'ahead')
end
`;

/** Whether Redis has no room for items to add. That is known only before the first write: a command asks that does nothing. */
export const ROOM = String.raw`
local isFull = false
if string.find(ARGV[5], '"add"', 1, true) then
  local ok, refused = pcall(call, 'ZADD', ABSENT, 'XX', 0, '')
  isFull = not ok and string.find(type(refused) == 'table' and refused.err or refused, 'OOM ', 1, true) ~= nil
  if not ok and not isFull then error(refused) end
end
`;

export const FIRST_WRITE = String.raw`
-- The first write of every script comes before anything is said, and changes nothing. At maxmemory Redis refuses the
-- first one if it may grow memory, and none after that; settling and giving back free memory in the end. A replica, which
-- may know less than its primary, refuses it, too, so that nobody believes what is missing there to be lost.
call('LTRIM', LIST, '0', '-1')
`;

/** What the scripts of a worker begin with. */
export const STATE = BEFORE_WRITES + FIRST_WRITE;
