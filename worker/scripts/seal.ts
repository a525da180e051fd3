import { PROTOCOL_VERSION } from '../contract';
import { type KeyName, NAMED_KEYS, QUEUE_KEYS } from './keys';
import { OLDER_BATCH } from './older-batch';

/**
 * Fixes the total of the queue: from here on, empty means done.
 *
 * The fill Job runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent, 19 fills
 *   ARGV  1 batch id, or '' for a queue that is filled without one
 *         2 total that the filler, the batch, or else the queue must have, without what handlers have added, and with what
 *           was skipped because of its key; '' to seal what is there, which then is the batch; 'filled' to seal what was
 *           filled earlier as the batch
 *         3 filler that pushed without a batch; left out, the batch
 *   reply the total; for a batch that a newer one has replaced, the one that it had
 *   error BATCH, CANCELLED, INCOMPLETE, UNFILLED (a batch that was never pushed), VERSION: nothing was sealed, the text says what to do.
 *         `INCOMPLETE 3 of 5 …`: so many of the filler's items are there; push the others, then seal
 *
 * The last command writes the seal and the total together. If the script fails before it, the queue stays open.
 */
export const SEAL_KEYS: readonly KeyName[] = QUEUE_KEYS;

export const SEAL =
  NAMED_KEYS +
  OLDER_BATCH +
  String.raw`
local FILLS = KEYS[19]
local batch, expected, filler = ARGV[1], tonumber(ARGV[2]), ARGV[3] or ARGV[1]
local m = redis.call('HMGET', META, 'version', 'batch', 'sealed', 'total', 'claimed', 'added', 'skipped', 'cancelled')
local length = redis.call('LLEN', LIST)
if m[1] and m[1] ~= '${PROTOCOL_VERSION}' then
  return {err = 'VERSION the queue ' .. LIST .. ' speaks protocol version ' .. m[1] .. ', this filler speaks ${PROTOCOL_VERSION}'}
end
if batch ~= '' and m[2] ~= batch then
  local items = formerItems(batch)
  if items and expected and expected ~= items then
    return {err = 'INCOMPLETE items in the queue ' .. LIST .. ' of batch ' .. batch .. ', which was done before: ' .. items ..
      ', not ' .. expected .. '. Give other items another batch id'}
  end
  if items then return items end
  local why = m[2] and inTheWay()
  if why then
    return {err = 'BATCH the queue ' .. LIST .. ' already holds another batch, ' .. m[2] .. ' (this one is ' .. batch .. '), ' .. why}
  end
  if m[2] and expected then
    return {err = 'INCOMPLETE 0 of ' .. expected .. ' items were pushed; push the others, then seal'}
  end
  if m[2] and ARGV[2] == '' then
    return {err = 'UNFILLED nothing was pushed to the queue ' .. LIST .. ', which holds the batch ' .. m[2] ..
      ', and nothing says that the batch ' .. batch .. ' is empty: it was never filled'}
  end
  if m[2] then
    return {err = 'BATCH the queue ' .. LIST .. ' holds the batch ' .. m[2] .. ', and none that is called ' .. batch ..
      '. Fill the batch in first'}
  end
end
if m[8] then return {err = refusedAsCancelled()} end
if batch ~= '' and not m[2] and ARGV[2] == 'filled' then
  return {err = 'BATCH the queue ' .. LIST .. ' holds no batch, so none that is called ' .. batch ..
    '. Fill the batch in first, or seal the queue without a batch id'}
end
local sealed = m[3] and m[4]
local total = sealed and tonumber(m[4]) or tonumber(m[5] or 0) + length
-- What was given to fillers, and what the queue has of it.
local skipped, added = tonumber(m[7] or 0), tonumber(m[6] or 0)
local given = total - added + skipped
if batch ~= '' and ARGV[2] == '' and not m[2] and total == 0 then
  return {err = 'UNFILLED nothing was pushed to the queue ' .. LIST .. ', and nothing says that the batch ' .. batch ..
    ' is empty: it was never filled'}
end
local filled = filler ~= '' and tonumber(redis.call('HGET', FILLS, filler) or (batch ~= '' and m[2] and given or 0))
if expected and filled and filled < expected then
  return {err = 'INCOMPLETE ' .. filled .. ' of ' .. expected .. ' items were pushed; push the others, then seal'}
elseif expected and filled and filled > expected then
  return {err = 'INCOMPLETE items in the queue ' .. LIST .. ' of ' .. (batch ~= '' and 'batch ' .. batch or filler) .. ': ' ..
    filled .. ', not ' .. expected .. '. Seal it with the total that it has, or purge the queue and fill it again'}
elseif expected and not filled and given ~= expected then
  return {err = 'INCOMPLETE items in the queue ' .. LIST .. (sealed and ', which is sealed: ' or ': ') .. given .. ', not ' ..
    expected .. (sealed and '. Its total is fixed; use another queue name, or purge the queue first' or
    given < expected and '. Push the others, then seal' or '. Look what else was pushed, or seal it with the total that it has')}
end
if sealed then return total end
-- Items that were filled in and are nowhere now must not be left out of the total: workers would never miss them.
if filled then total = math.max(total, filled - skipped + added) end
local fields = {'sealed', 1, 'total', total}
if batch ~= '' then fields[#fields + 1] = 'batch' fields[#fields + 1] = batch end
if not m[1] then
  local t = redis.call('TIME')
  for _, v in ipairs({'version', '${PROTOCOL_VERSION}', 'epoch', t[1] .. t[2] .. '-seal' .. batch, 'clock', 0,
    'wall', t[1] * 1000 + math.floor(t[2] / 1000), 'claimed', 0, 'done', 0}) do fields[#fields + 1] = v end
end
-- At maxmemory Redis refuses the first write of a script if it may grow memory; this one cannot.
redis.call('LTRIM', LIST, 0, -1)
local workers = redis.call('ZCARD', LEASES) + redis.call('ZCARD', IDLE)
local woken = math.min(math.max(length, 1), 64, workers) - redis.call('LLEN', WAKE)
for i = 1, woken do redis.call('RPUSH', WAKE, '1') end
redis.call('HSET', META, unpack(fields))
return total
`;
