import { type KeyName, NAMED_KEYS, QUEUE_KEYS } from './keys';
import { OLDER_BATCH } from './older-batch';

/**
 * Tells an init container whether workers may start.
 *
 * The gate runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent, 19 fills
 *   ARGV  1 run: the Job's uid
 *         2 batch id that the fill Job pushes, or '' for a queue that is filled by hand
 *   reply 'open …', 'wait …', 'lost …' or 'cancelled …', with the reason in words
 *
 * The first gate of a run that sees an item opens it for the whole run, because later pods may find the list empty.
 */
export const GATE_KEYS: readonly KeyName[] = QUEUE_KEYS;

export const GATE =
  NAMED_KEYS +
  OLDER_BATCH +
  String.raw`
local FILLS = KEYS[19]
local run, batch = ARGV[1], ARGV[2]
local m = redis.call('HMGET', META, 'version', 'batch', 'sealed', 'total', 'cancelled')
local function isCancelled()
  return 'cancelled the queue ' .. LIST .. ', items dropped: ' .. m[5] .. '. To begin again, remove it first: ' .. rwq('purge')
end
if batch ~= '' then
  if m[2] ~= batch then
    local items = formerItems(batch)
    if items then
      return 'open the batch ' .. batch .. ' is done, items: ' .. items .. '; a newer one has replaced it in the queue ' .. LIST
    end
    local why = m[2] and inTheWay()
    if why then
      return 'lost the queue ' .. LIST .. ' holds another batch, ' .. m[2] .. ' (this Job belongs to ' .. batch .. '), ' .. why
    end
    if m[2] then
      return 'wait for the fill Job: the queue ' .. LIST .. ' holds the batch ' .. m[2] ..
        ', which is done, until the fill replaces it by ' .. batch
    end
  end
  if m[5] then return isCancelled() end
  if m[2] and m[3] then return 'open the queue ' .. LIST .. ' is sealed, items: ' .. (m[4] or '?') end
  local filled = redis.call('HGET', FILLS, batch)
  return 'wait for the fill Job: items of batch ' .. batch .. ' in the queue ' .. LIST .. ': ' .. (filled or 0) .. ', it is not sealed yet'
end
if m[5] then return isCancelled() end
if redis.call('SISMEMBER', RUNS, run) == 1 then return 'open this run has seen items' end
if m[3] then return 'open the queue ' .. LIST .. ' is sealed' end
if redis.call('LLEN', LIST) > 0 then
  if run ~= '' then
    -- At maxmemory Redis refuses the first write of a script if it may grow memory; this one cannot.
    redis.call('LTRIM', LIST, 0, -1)
    redis.call('SADD', RUNS, run)
  end
  return 'open the queue ' .. LIST .. ' has items'
end
return 'wait for the first item: rpush ' .. LIST .. ' ITEM'
`;
