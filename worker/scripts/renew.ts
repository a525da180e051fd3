import { HOLDINGS } from './holdings';
import { OUTCOMES } from './outcomes';
import { PACE } from './pace';
import { STATE } from './state';

/**
 * Renews a lease, and gives back items that were claimed but not started. The lease thread calls it, so it has no number.
 * Sent twice, it has no further effect.
 *
 *   KEYS  those of a worker (keys.ts)
 *   ARGV  1 incarnation, 2 epoch
 *         3 position from which on the held list goes back to the front of the queue, or ''
 *         4 number of the last exchange that was sent: after a later one the position means other items
 *         5 1: this process was told to stop; or ''. Sent with every renewal, because Redis may lose its last writes
 *         6 1: this worker says how far the queue is, once a minute, if no other one does; or nothing
 *   reply the queue's gap in ms (state.ts): renew twice as often; or 0 if the incarnation no longer holds anything
 *         gap, more: where there is something to say, as exchange does
 */
export const RENEW =
  STATE +
  HOLDINGS +
  PACE +
  OUTCOMES +
  String.raw`
-- What one worker a minute says of the queue: ms, items that have ended meanwhile, and in all, those that are left, how many
-- there are in all once that is known, and dead letters.
local function toTell()
  local was = call('HMGET', META, 'told', 'begun')
  local at, ended = string.match(was[1] or '', '^(%d+) (%d+)$')
  local since = tonumber(at or was[2] or 0)
  if meta.clock - since < 60000 then return nil end
  local dead = call('HLEN', DEAD)
  local now = meta.done + meta.dropped + dead
  call('HSET', META, 'told', whole(meta.clock) .. ' ' .. whole(now))
  undo(function() if was[1] then call('HSET', META, 'told', was[1]) else call('HDEL', META, 'told') end end)
  return {ms = meta.clock - since, ended = now - tonumber(ended or 0), all = now,
    left = call('LLEN', LIST) + meta.claimed - now, total = meta.total and meta.total - meta.finals or nil, dead = dead}
end

if not loadMeta() or meta.epoch ~= ARGV[2] then return 0 end
local worker = loadWorker(ARGV[1])
if not worker or worker.exchange < 0 then return 0 end
local length = call('LLEN', worker.held)
return atomically(function()
  tick()
  setLease(worker, worker.zset)
  saveMeta('clock', 'wall')
  if ARGV[5] == '1' then markLeaving(worker) end
  -- Where list and record disagree, the next exchange begins anew.
  if ARGV[3] ~= '' and worker.exchange <= tonumber(ARGV[4]) and length == worker.count then
    local back = giveBackFrom(worker, tonumber(ARGV[3]))
    if back > 0 then
      saveWorker(worker)
      wake(back)
    end
  end
  moveLease(worker)
  local more = {over = whyOver(worker), told = ARGV[6] == '1' and toTell() or nil}
  return next(more) and {meta.gap, cjson.encode(more)} or meta.gap
end)
`;
