import { FIXED_KEYS, type KeyName, NAMED_KEYS } from './keys';
import { OLDER_BATCH } from './older-batch';

/**
 * Tells an init container of another queue's workers whether this queue is drained. It holds nothing and claims nothing, so
 * it looks at what is there: verdict.ts tells a worker.
 *
 * The init container runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent
 *   ARGV  1 batch id that has to be drained, or '' for whatever the queue holds
 *         2 settle in ms: for how long nothing may have been claimed from a queue that is not sealed
 *         3 'true' where dead letters are tolerated
 *   reply 'drained …' or 'wait …', with the reason in words
 *
 * A batch that a newer one has replaced was drained. What was cancelled, has dead letters that nobody tolerates, or owes its
 * finalizer, is not.
 */
export const DRAINED_KEYS: readonly KeyName[] = FIXED_KEYS;

export const DRAINED =
  NAMED_KEYS +
  OLDER_BATCH +
  String.raw`
local batch, settle, tolerated = ARGV[1], tonumber(ARGV[2]), ARGV[3] == 'true'
-- A replica, which may know less than its primary, refuses to write, even what changes nothing.
redis.call('LTRIM', LIST, 0, -1)
local m = redis.call('HMGET', META, 'batch', 'sealed', 'total', 'claimed', 'done', 'dropped', 'clock', 'lastclaim', 'gap',
  'cancelled', 'final', 'epoch', 'finally', 'finalafter', 'finals')
local function wait(why) return 'wait for the queue ' .. LIST .. ': ' .. why end
local function count(n, what) return string.format('%d ', n) .. what .. (n == 1 and '' or 's') end
if batch ~= '' and m[1] ~= batch then
  local items = formerItems(batch)
  if items then
    return 'drained the batch ' .. batch .. ' of the queue ' .. LIST .. ' is done, items: ' .. items .. '; a newer one has replaced it'
  end
  if m[1] then return wait('it holds the batch ' .. m[1] .. ', and not yet ' .. batch) end
  return wait('it is not filled yet')
end
local listed = redis.call('LLEN', LIST)
if not m[12] then return wait(listed > 0 and 'no worker has come yet' or 'it is not filled yet') end
if m[10] then return wait('it was cancelled. Remove it, and run it again: ' .. rwq('purge')) end
if batch ~= '' and not m[2] then return wait('it is still being filled') end

local claimed, dead = tonumber(m[4] or 0), redis.call('HLEN', DEAD)
local ended = tonumber(m[5] or 0) + tonumber(m[6] or 0) + dead
local waiting = math.max(redis.call('HLEN', WAITING), redis.call('ZCARD', RETRIES) + redis.call('ZCARD', SUSPECTS))
local left = math.max(math.max(claimed + listed, tonumber(m[3] or 0)) - ended, listed + waiting + redis.call('ZCARD', LEASES))
if left > 0 then return wait(count(left, 'item') .. ' left') end
if ended ~= claimed then return wait('its counters do not add up. Look at its Job') end
if not m[9] then return wait('no worker has come yet') end
if m[11] and redis.call('HSTRLEN', DEAD, m[11]) > 0 then
  return wait('its finalizer is a dead letter. Look at it (' .. rwq('dead list') .. '), then have it tried again (' .. rwq('dead retry --all') .. ')')
end
-- As finalizer.ts has it.
local isBehind = not tonumber(m[11] or '') or tonumber(m[5] or 0) > tonumber(m[14] or 0) + 1
if m[11] and isBehind and (dead == 0 or m[13] == 'always') then return wait('its finalizer has not run') end
if dead > 0 and not tolerated then
  return wait('it has ' .. count(dead, 'dead letter') .. '. Look at them (' .. rwq('dead list') .. '), then have them tried again (' ..
    rwq('dead retry --all') .. ') or drop them (' .. rwq('dead drop --all') .. ')')
end
if not m[2] then
  if claimed == 0 then return wait('nothing was filled in so far, and it is not sealed') end
  if tonumber(m[7] or 0) - tonumber(m[8] or 0) < settle then
    return wait('it is not sealed, and workers wait for more. They settle ' .. math.ceil(settle / 1000) .. ' s after the last item')
  end
end
return 'drained the queue ' .. LIST .. ', items: ' .. claimed - tonumber(m[15] or 0)
`;
