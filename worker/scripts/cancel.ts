import { FINALIZER } from './finalizer';
import { HOLDINGS } from './holdings';
import { STATE } from './state';

/**
 * Cancels a queue: from the first call on nothing is claimed, and what would be tried again is dropped. What waits is dropped
 * as well, up to 1,000 items a call. What workers hold they still report, once they have heard of it.
 *
 *   KEYS  those of a worker that are not an incarnation's own (keys.ts)
 *   ARGV  1 the queue's epoch, or '' if it has none yet
 *   reply 'cancelled', epoch, items that were dropped since the queue was cancelled, items that still wait: call again
 *         'over'                      there is no such queue, or it is drained: nothing was done
 *         'another', epoch            the queue has another epoch: nothing was done. A late copy of this call finds the next
 *                                     queue of this name
 */
export const CANCEL =
  STATE +
  HOLDINGS +
  FINALIZER +
  String.raw`
local known, listed = loadMeta(), call('LLEN', LIST)
if (known and meta.epoch or '') ~= ARGV[1] then return {'another', known and meta.epoch or ''} end
if not known and listed == 0 then return {'over'} end
local waiting, dead = call('ZCARD', RETRIES) + call('ZCARD', SUSPECTS), call('HLEN', DEAD)
call('HLEN', WAITING) call('HLEN', ATTEMPTS) call('LLEN', WAKE) call('ZCARD', IDLE)
if known and meta.sealed and not meta.cancelled and listed + waiting + call('ZCARD', LEASES) == 0 and
  not finalizer.isOwed(nil, dead) and meta.done + meta.dropped + dead >= math.max(meta.claimed, tonumber(meta.total or 0)) then
  return {'over'}
end

-- Drops what waits for another attempt, as far as the budget of one call goes.
local function dropWaiting()
  local zset = call('ZCARD', RETRIES) > 0 and RETRIES or SUSPECTS
  local due, budget = call('ZRANGE', zset, 0, ITEMS - 1, 'WITHSCORES'), BYTES
  local ids, scored, stored = {}, {}, {}
  for i = 1, #due, 2 do
    local id = due[i]
    local payload = call('HGET', WAITING, id)
    budget = budget - #(payload or '')
    if budget < 0 and #ids > 0 then break end
    ids[#ids + 1] = id
    scored[#scored + 1] = due[i + 1]
    scored[#scored + 1] = id
    if payload then
      stored[#stored + 1] = id
      stored[#stored + 1] = payload
    end
  end
  drop(#ids, ids)
  putBack(function() inCalls('HSET', WAITING, stored) end)
  putBack(function() inCalls('ZADD', zset, scored) end)
  inCalls('ZREM', zset, ids)
  inCalls('HDEL', WAITING, ids)
  return #ids
end

return atomically(function()
  if not known then
    newMeta('cancel', 5000)
    saveMeta('version', 'epoch', 'clock', 'wall', 'claimed', 'done')
  end
  if not meta.cancelled then wake(TOKENS) end
  meta.cancelled = meta.cancelled or 0
  if waiting > 0 then
    waiting = waiting - dropWaiting()
  else
    local n = math.min(listed, 1000)
    listed = listed - n
    dropNew(n)
    -- Copies that a way back has left behind: nothing says when they are due.
    call('UNLINK', WAITING)
    -- The only step without an inverse: nothing comes after it.
    if n > 0 then call('LTRIM', LIST, n, -1) end
  end
  return {'cancelled', meta.epoch, whole(meta.cancelled), waiting + listed}
end)
`;
