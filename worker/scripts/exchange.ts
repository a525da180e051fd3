import { CLAIM } from './claim';
import { FINALIZER } from './finalizer';
import { HOLDINGS } from './holdings';
import { OLDER_BATCH } from './older-batch';
import { OUTCOMES } from './outcomes';
import { PACE } from './pace';
import { BEFORE_WRITES, FIRST_WRITE, ROOM } from './state';
import { VERDICT } from './verdict';

/**
 * The one round trip of a worker: settle, give back, renew, take back what dead workers hold, claim, decide whether the
 * queue is drained.
 *
 *   KEYS  those of a worker (keys.ts)
 *   ARGV  1 incarnation
 *         2 number of this exchange: 1, 2, 3 … The same number gets the same answer, however often it is sent
 *         3 epoch
 *         4 advance: items to take off the front of the held list; those that no outcome names are done
 *         5 outcomes (outcomes.ts), or ''
 *         6 position from which on the held list goes back, or ''
 *         7 want: the most items to claim; 0: none; -1: leave, and everything goes back
 *         8 need: how many of those would start at once
 *         9 budget in bytes for looking ahead
 *        10 name of the last answer that this worker acted on; 0: none yet
 *        11 salt: a random number below 2^52, a new one for each copy that is sent
 *        12 1: this process was told to stop; or ''
 *   reply 'work', clock, first position, segments, charges, alone, token, name, more, payloads
 *         'held', name, ms or '', more  nothing new, and this worker holds something
 *         'wait', clock, why, ms or '', the queue's gap in ms, workers that hold nothing, name, more
 *                                       ms: until something is due, or a lease is over; 0: there is more to take back.
 *                                       Where many wait, only some are told, and the others ask when they like
 *         'drained' | 'left' | 'spare', clock, claimed, done, dead, dropped, finalizers among them: 'claimed:done:dead', or
 *                                       '' where none was made
 *         'lost', why                   data is missing
 *         'stale'                       this incarnation no longer holds anything
 *         more: JSON, or '' as nearly always
 *           {"over":"cancelled" | "failed"}
 *                                        the queue was cancelled, or there is a dead letter, and the worker came with
 *                                        failFast: it stops what it does, and leaves
 *           {"finalizer":true}           the item is the finalizer (finalizer.ts)
 *           {"resumed":{id:checkpoint…}} what earlier attempts left, each a JSON text
 *           {"full":true}                Redis is full: what has follow-up items (outcomes.ts) still counts as running
 *
 * The number alone does not identify the answer that the worker got. If Redis has lost its last second, a late copy of an
 * exchange runs again, and may hand out other items under the same number. So each answer has a name that is never used
 * twice, Redis' clock in µs plus the salt, and the next exchange repeats it.
 *
 * Copies are written first, then the incarnation's record, then the counters; then the sources are cut. If a step fails,
 * the earlier ones are undone (state.ts), and the same exchange can be sent again.
 */
export const EXCHANGE =
  BEFORE_WRITES +
  ROOM +
  FIRST_WRITE +
  HOLDINGS +
  PACE +
  OUTCOMES +
  CLAIM +
  FINALIZER +
  OLDER_BATCH +
  VERDICT +
  String.raw`
local incarnation, number, advance, want = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[7])
local known = loadMeta()
-- The batch of an epoch that a newer batch has ended.
local ended = (not known or meta.epoch ~= ARGV[3]) and call('HGET', FORMER, ARGV[3])
if not known and not ended then return {'lost', 'Redis came back without the queue'} end
if known and meta.epoch ~= ARGV[3] and not ended then return {'lost', 'Redis came back with another queue of this name'} end
local worker = known and loadWorker(incarnation)
if not worker then return {'stale'} end
if ended then
  -- One that waited at the end of its batch has nothing left to do; one of the newer batch, and one that never ends, begins
  -- anew, in its epoch.
  local itsEnd = not worker.endless and ((worker.batch or '') == '' or worker.batch == ended)
  if worker.count + worker.moved > 0 then return {'stale'} end
  return atomically(function()
    dropRecord(incarnation)
    return itsEnd and formerly(formerItems(ended) or 0) or {'stale'}
  end)
end

-- What there is to say beside the answer.
local function moreOf(worker)
  if worker.full then worker.more.full = true end
  return next(worker.more) and cjson.encode(worker.more) or ''
end

if number == worker.exchange and ARGV[10] == worker.before then
  worker.more.over = whyOver(worker)
  if worker.gave == 0 then return {'held', worker.answer, '', moreOf(worker)} end
  local offset = worker.count - worker.gave
  local ids, given, parts = idsAt(worker, offset, worker.gave), {segments = {}, count = 0}, {}
  for _, id in ipairs(ids) do append(given, tonumber(id), 1) end
  resume(worker, ids, #ids, math.huge)
  for i, segment in ipairs(given.segments) do parts[i] = whole(segment[1]) .. ':' .. segment[2] end
  worker.more.finalizer = tonumber(ids[1]) == meta.finalizer or nil
  return {'work', whole(meta.clock), worker.head + offset, table.concat(parts, ' '), chargesOf(ids), worker.alone,
    whole(worker.token), worker.answer, moreOf(worker), call('LRANGE', worker.held, offset, -1)}
end

-- An echo of something that was answered long ago.
if number < worker.exchange then return {'stale'} end

-- Redis went back in time, and the two sides speak of different answers: nobody is charged.
local function beginAnew()
  local n = worker.count + worker.moved
  while not takeBack(worker, giveBack) do end
  saveMeta('clock', 'wall')
  wake(n)
  return {'stale'}
end

-- About so many of those that wait are told when to ask again, always the same ones, and so the queue's clock goes on.
local FEW = 32
local function isOneOf(few, workers)
  return workers <= few or tonumber(string.sub(redis.sha1hex(incarnation), 1, 8), 16) % math.ceil(workers / few) == 0
end

-- When to ask again, for a worker that holds something: when a lease is over, or when what is held back no longer is, where
-- that is before anybody would ask.
local function dueWhileHeld(lapse, back)
  local soonest = math.min(lapse or math.huge, back or math.huge)
  if soonest >= meta.gap / 2 or not isOneOf(FEW, call('ZCARD', LEASES)) then return '' end
  local over = lapse and (lapse > 0 and math.max(lapse, 250) or 0) or math.huge
  return whole(math.min(over, back or math.huge))
end

-- The same for one that waits: when something is due or a lease is over, but at least twice in a gap, because calls that are
-- further apart are taken for a silence of Redis, in which no lease runs out.
local function dueWhileIdle(why, due, lapse, idle)
  if lapse == 0 or due == 0 and why == 'others' then return '0' end
  if not isOneOf(why == 'retries' and FEW + call('ZCARD', RETRIES) or FEW, idle) then return '' end
  local soonest = math.min(due or meta.gap / 2, meta.gap / 2)
  if lapse then soonest = math.min(soonest, math.max(lapse, 250)) end
  return whole(soonest)
end

local function over(kind)
  return {kind, whole(meta.clock), whole(meta.claimed), whole(meta.done), call('HLEN', DEAD), whole(meta.dropped),
    finalizer.counts()}
end

-- The end of the first wakes others, and each of those one more; now and then two, because some may have died.
local function wakeNext(first)
  wake(first and TOKENS or tonumber(ARGV[11]) % 32 == 0 and 2 or 1)
end

local function drained(first)
  wakeNext(first)
  return over('drained')
end

-- Its run has seen an item.
local function noteRun(worker)
  if call('SISMEMBER', RUNS, worker.run) == 1 then return end
  undo(function() call('SREM', RUNS, worker.run) end)
  call('SADD', RUNS, worker.run)
end

local length = call('LLEN', worker.held)
local function body()
  tick()
  local follows = number == worker.exchange + 1 and ARGV[10] == worker.answer
  if not follows or length ~= worker.count or advance > worker.count then return beginAnew() end
  local wasIdle = worker.count + worker.moved == 0
  meta.done = meta.done + settle(worker, advance, ARGV[5], isFull)
  setLease(worker, worker.zset)
  local back = ARGV[6] ~= '' and giveBackFrom(worker, tonumber(ARGV[6])) or 0
  if back > 0 then wake(back) end
  -- In memory first; the list itself is cut when all else is written.
  cutFront(worker, advance)
  if worker.count + worker.moved == 0 then worker.alone = '0' end
  local lapse = recover(worker)
  worker.exchange, worker.before, worker.answer = number, worker.answer, whole(micros + tonumber(ARGV[11]))
  if ARGV[12] == '1' then markLeaving(worker) end
  worker.more.over = whyOver(worker)

  if want < 0 then
    saveMeta('clock', 'wall', 'done')
    if advance > 0 then cutHeld(worker, call('LRANGE', worker.held, 0, advance - 1)) end
    cutLoose(worker)
    local n = worker.count + worker.moved
    while not takeBack(worker, giveBack) do end
    if n + worker.added > 0 then wake(n + worker.added) end
    local status, why = verdict(worker)
    if status == 'lost' then return {status, why} end
    if status == 'former' then return formerly(why) end
    if status == 'drained' then return drained(not wasIdle) end
    if worker.more.over then wakeNext(not wasIdle) elseif why == 'finalizer' and not wasIdle then wake(TOKENS) end
    return over('left')
  end

  local payloads, segments, charges, zset, ids, scores, fresh, rest = claim(worker, want, tonumber(ARGV[8]), tonumber(ARGV[9]))
  local n = #payloads
  saveWorker(worker)
  if n > 0 then
    moveLease(worker)
    noteRun(worker)
    if worker.rate ~= '' then saveMeta('tokens', 'refilled') end
    saveMeta('clock', 'wall', 'done', 'claimed', 'token', 'largest', 'lastclaim', 'dry')
    clearSources(zset, ids, scores, payloads, fresh)
    cutLoose(worker)
    if rest > 0 then wake(math.min(rest, math.max(2, worker.added))) end
    -- The only step without an inverse: nothing comes after it.
    if advance > 0 then call('LTRIM', worker.held, advance, -1) end
    return {'work', whole(meta.clock), worker.head + worker.count - n, segments, charges, worker.alone or '0',
      whole(worker.token), worker.answer, moreOf(worker), payloads}
  end
  saveMeta('clock', 'wall', 'done', 'dry')
  if advance > 0 then cutHeld(worker, call('LRANGE', worker.held, 0, advance - 1)) end
  cutLoose(worker)
  moveLease(worker)
  if worker.added > 0 then wake(worker.added) end
  if worker.count + worker.moved > 0 then
    local _, back = heldBack(worker)
    return {'held', worker.answer, dueWhileHeld(lapse, want > 0 and back or nil), moreOf(worker)}
  end
  dropIdle()
  -- One that wants nothing now, or for which the next call takes more back from the dead, stays.
  local wants = want > 0 and not worker.leaving
  local status, why, due = verdict(worker, wants, wants and lapse ~= 0 and worker.spare or nil)
  if status == 'drained' or status == 'spare' or status == 'former' then
    takeBack(worker, giveBack)
    if status == 'former' then return formerly(why) end
    return status == 'drained' and drained(not wasIdle) or over('spare')
  end
  if status == 'lost' then return {status, why} end
  if status == 'finalizer' then
    local position = worker.head + worker.count
    local its, charge = finalizer.give(worker)
    noteRun(worker)
    worker.more.finalizer = true
    return {'work', whole(meta.clock), position, its, charge, worker.alone, whole(worker.token), worker.answer, moreOf(worker), {''}}
  end
  -- Others may run it, who wait for that.
  if why == 'finalizer' and not due and not wasIdle then wake(TOKENS) end
  local idle = call('ZCARD', IDLE)
  return {'wait', whole(meta.clock), why, dueWhileIdle(why, due, lapse, idle), whole(meta.gap), idle, worker.answer, moreOf(worker)}
end

local function bodyAndDurations()
  local reply = body()
  if reply[1] ~= 'work' then countDurations(worker.dry) end
  return reply
end

local reply = atomically(bodyAndDurations)
if reply.err == 'GONE' then
  dropGone()
  loadMeta()
  worker = loadWorker(incarnation)
  reply = atomically(bodyAndDurations)
elseif reply.err and string.find(reply.err, '^STALE ') then
  loadMeta()
  worker = loadWorker(incarnation)
  reply = atomically(function()
    tick()
    return beginAnew()
  end)
end
return reply
`;
