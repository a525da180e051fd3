import { PROTOCOL_VERSION } from '../contract';
import { type KeyName, NAMED_KEYS, QUEUE_KEYS } from './keys';
import { OLDER_BATCH } from './older-batch';

/**
 * Pushes each payload to the list once, however often the call is repeated. Where the queue holds another batch, all of
 * which is done, it begins anew with this one.
 *
 * The fill Job runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent, 19 fills
 *   ARGV  1 filler: who fills; the batch id where there is one
 *         2 batch id, or '' for a filler that adds to an open queue
 *         3 offset of the first payload among all that this filler pushes
 *         4 'raw': each further argument is a payload; 'keyed': the same, and 16 bytes that stand for its key come first;
 *           'json': one further argument, a JSON array of strings
 *   reply items that this filler has pushed in all; for a batch that a newer one has replaced, those that it had. Those
 *         with a key that was there before count as pushed. Fewer than were given: push the others
 *   error SEALED, BATCH, CANCELLED, VERSION, or GAP (Redis came back with less than it had): nothing was pushed, the text says what
 *         to do
 *
 * The first call names the batch, even if it pushes nothing, so that an empty batch differs from none.
 *
 * It pushes before it counts. If it fails in between, it removes the pushed items again, and an older batch is back. The
 * call that replaces a batch forgets its keys, as its last step, so it pushes nothing that has one.
 */
export const FILL_KEYS: readonly KeyName[] = QUEUE_KEYS;

export const FILL =
  NAMED_KEYS +
  OLDER_BATCH +
  String.raw`
local FILLS = KEYS[19]
local filler, batch, offset = ARGV[1], ARGV[2], tonumber(ARGV[3])
local m = redis.call('HMGET', META, 'version', 'batch', 'sealed', 'total', 'claimed', 'epoch', 'skipped', 'added', 'cancelled')
local length = redis.call('LLEN', LIST)

local payloads, first = {}, 5
if ARGV[4] == 'json' then payloads, first = cjson.decode(ARGV[5]), 1 else payloads = ARGV end
local n = #payloads - first + 1
local isKeyed = ARGV[4] == 'keyed'

if m[1] and m[1] ~= '${PROTOCOL_VERSION}' then
  return {err = 'VERSION the queue ' .. LIST .. ' speaks protocol version ' .. m[1] .. ', this filler speaks ${PROTOCOL_VERSION}'}
end
local older
if batch ~= '' and m[2] ~= batch then
  local items = formerItems(batch)
  if items and offset + n > items then
    return {err = 'SEALED the queue ' .. LIST .. ' had the batch ' .. batch .. ' before, with other items: ' .. items ..
      ', and this is number ' .. offset + n .. '. Give other items another batch id'}
  end
  if items then return items end
  local why = m[2] and inTheWay()
  if why then
    return {err = 'BATCH the queue ' .. LIST .. ' already holds another batch, ' .. m[2] .. ' (this one is ' .. batch .. '), ' .. why}
  end
  older = m[2]
end
if m[9] then return {err = refusedAsCancelled()} end
local filled = not older and tonumber(redis.call('HGET', FILLS, filler)) or 0
if offset + n <= filled and (batch == '' or m[2] == batch) then return filled end
if offset > filled then
  return {err = 'GAP items that this filler has pushed so far: ' .. filled .. ', so it cannot go on at ' .. offset ..
    '. Push those from ' .. filled .. ' on'}
end
if m[3] and not older then
  return {err = 'SEALED the queue ' .. LIST .. ' is sealed: its total is fixed and workers may have ended. ' ..
    'Use another queue name, or remove the queue first: ' .. rwq('purge')}
end

local was = older and redis.call('HGETALL', META) or {}
local begun = older and redis.call('HGET', META, 'begun')
local olderFilled = older and redis.call('HGET', FILLS, older)
if older and isKeyed then n = 0 end
local last = first + n - 1

-- What is new, and what stands for the keys of it.
local fresh, hashes, skipped = payloads, {}, 0
local from = first + filled - offset
if isKeyed then
  fresh = {}
  local taken = {}
  for at = from, last, 1000 do
    local these = {}
    for i = at, math.min(at + 999, last) do these[#these + 1] = string.sub(payloads[i], 1, 16) end
    for i, isKnown in ipairs(redis.call('SMISMEMBER', SEEN, unpack(these))) do
      local hash = these[i]
      if isKnown == 1 or taken[hash] then
        skipped = skipped + 1
      else
        taken[hash] = true
        hashes[#hashes + 1], fresh[#fresh + 1] = hash, string.sub(payloads[at + i - 1], 17)
      end
    end
  end
  from, last = 1, #fresh
end

local pushed = 0
local function forget()
  for i = 1, #hashes, 1000 do redis.call('SREM', SEEN, unpack(hashes, i, math.min(i + 999, #hashes))) end
end
local ok, failure = pcall(function()
  if older then
    local items = olderFilled or (m[4] or m[5] or 0) - (m[8] or 0) + (m[7] or 0)
    redis.call('HSET', FORMER, older, items, m[6] or '', older)
    redis.call('HDEL', FILLS, older)
    redis.call('DEL', META)
  end
  while from <= last do
    local to = math.min(from + 999, last)
    redis.call('RPUSH', LIST, unpack(fresh, from, to))
    pushed = pushed + to - from + 1
    from = to + 1
  end
  for i = 1, #hashes, 1000 do redis.call('SADD', SEEN, unpack(hashes, i, math.min(i + 999, #hashes))) end
  local fields = {}
  local function put(field, value) fields[#fields + 1] = field fields[#fields + 1] = value end
  if older or not m[1] then
    local t = redis.call('TIME')
    put('version', '${PROTOCOL_VERSION}')
    put('epoch', t[1] .. t[2] .. '-' .. filler)
    put('claimed', 0)
    put('done', 0)
    if not older then
      put('clock', 0)
      put('wall', t[1] * 1000 + math.floor(t[2] / 1000))
    end
  end
  -- The clock goes on, and so do the tokens, which outside stores compare, and the pace at which items are handed out.
  local goesOn = {clock = true, wall = true, gap = true, silence = true, token = true, ahead = true, paused = true, slow = true,
    tokens = true, refilled = true}
  for i = 1, #was, 2 do
    if goesOn[was[i]] then put(was[i], was[i + 1]) end
    if was[i] == 'clock' then put('begun', was[i + 1]) end
  end
  if batch ~= '' then put('batch', batch) end
  if skipped > 0 then put('skipped', (m[7] or 0) + skipped) end
  if #fields > 0 then redis.call('HSET', META, unpack(fields)) end
  redis.call('HSET', FILLS, filler, offset + n)
  -- Workers of a batch have to wait until it is sealed.
  local workers = batch == '' and redis.call('ZCARD', LEASES) + redis.call('ZCARD', IDLE) or 0
  local woken = math.min(pushed, 64, workers) - redis.call('LLEN', WAKE)
  for i = 1, woken do redis.call('RPUSH', WAKE, '1') end
  -- The only step without an inverse: nothing comes after it.
  if older then redis.call('UNLINK', ATTEMPTS, RUNS, WAKE, SEEN, CHECKPOINTS, PROGRESS, DURATIONS) end
end)
if not ok then
  local function back(...) return (pcall(redis.call, ...)) end
  -- Where a key cannot be forgotten again, its item stays.
  if not pcall(forget) then pushed = 0 end
  local emptied = pushed == 0 or length > 0 or back('DEL', LIST)
  if pushed > 0 and length > 0 then back('LTRIM', LIST, 0, length - 1) end
  if filled > 0 then back('HSET', FILLS, filler, filled) else back('HDEL', FILLS, filler) end
  if older then
    -- Where it does not come back as a whole, it stays known as one that was replaced.
    local there = emptied and (not olderFilled or back('HSET', FILLS, older, olderFilled))
    if there and back('HSET', META, unpack(was)) then
      if not begun then back('HDEL', META, 'begun') end
      back('HDEL', FORMER, older, m[6] or '')
    end
  else
    if not m[1] then back('HDEL', META, 'version', 'epoch', 'clock', 'wall', 'claimed', 'done') end
    if not m[2] then back('HDEL', META, 'batch') end
    if skipped > 0 and m[7] then back('HSET', META, 'skipped', m[7]) elseif skipped > 0 then back('HDEL', META, 'skipped') end
  end
  return {err = type(failure) == 'table' and failure.err or tostring(failure)}
end
return offset + n
`;
