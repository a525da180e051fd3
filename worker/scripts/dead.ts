import { HOLDINGS } from './holdings';
import { OLDER_BATCH } from './older-batch';
import { STATE } from './state';

/**
 * Sends dead letters back to the front of the queue, without their charges, drops them for good, or books them as done, as what
 * they were for was done elsewhere. The finalizer is not booked as done.
 *
 *   KEYS  those of a worker that are not an incarnation's own (keys.ts)
 *   ARGV  1 'retry', 'drop' or 'done', 2… ids
 *   reply how many there were
 *   error CANCELLED: nothing is tried again, the text says what to do
 *
 * They are copied to the waiting items before they are removed. Others are counted as dropped or as done.
 */
export const DEAD_LETTERS =
  STATE +
  HOLDINGS +
  OLDER_BATCH +
  String.raw`
if not loadMeta() then return 0 end
if meta.cancelled and ARGV[1] == 'retry' then return {err = refusedAsCancelled()} end
call('HLEN', DEAD) call('HLEN', WAITING) call('ZCARD', RETRIES)
return atomically(function()
  local ids, payloads, scores, letters, named = {}, {}, {}, {}, {}
  for i = 2, #ARGV do
    local letter = not named[ARGV[i]] and call('HGET', DEAD, ARGV[i])
    named[ARGV[i]] = true
    if letter and (ARGV[1] ~= 'done' or tonumber(ARGV[i]) ~= meta.finalizer) then
      local line = string.find(letter, '\n', 1, true)
      ids[#ids + 1] = tonumber(ARGV[i])
      payloads[#ids] = string.sub(letter, line + 1)
      scores[#ids] = whole(FRONT + ids[#ids])
      letters[#letters + 1] = ARGV[i]
      letters[#letters + 1] = letter
    end
  end
  if #ids == 0 then return 0 end
  if ARGV[1] == 'retry' then
    park(RETRIES, ids, payloads, scores)
  elseif ARGV[1] == 'done' then
    meta.done = meta.done + #ids
    saveMeta('done')
  else
    meta.dropped = meta.dropped + #ids
    -- Dropped, the finalizer counts as any other item.
    for _, id in ipairs(ids) do
      if id == meta.finalizer then meta.finals = meta.finals - 1 end
    end
    saveMeta('dropped', 'finals')
  end
  putBack(function() inCalls('HSET', DEAD, letters) end)
  inCalls('HDEL', DEAD, ids)
  wake(#ids)
  return #ids
end)
`;
