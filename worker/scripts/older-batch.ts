/**
 * What becomes of a batch when the fill of another one comes: where all of it is done and nothing of it is kept, it is
 * replaced, and the hash `former` keeps how many items it had. Fill, seal, gate and verdict ask for the same. A queue that was
 * cancelled is not replaced.
 */
export const OLDER_BATCH = String.raw`
-- How many items a batch had that a newer one has replaced, all of which are done; nothing for any other.
local function formerItems(batch)
  return tonumber(redis.call('HGET', FORMER, batch))
end

-- A command that does something to this queue, as a shell takes it.
local function rwq(command)
  local name = LIST
  if not string.find(name, '^[%w%%+,./:=@_-]+$') then name = "'" .. string.gsub(name, "'", "'\\''") .. "'" end
  return 'rwq ' .. command .. ' --queue ' .. name
end

-- Why nothing more comes into a queue that was cancelled, as an error.
local function refusedAsCancelled()
  return 'CANCELLED the queue ' .. LIST .. ' was cancelled: what is not done is dropped, and nothing more is handed out. ' ..
    'To begin again, remove it first: ' .. rwq('purge')
end

-- Why the batch that the queue holds cannot be replaced, with the commands that clear the way; nothing where it can.
local function inTheWay()
  local m = redis.call('HMGET', META, 'sealed', 'total', 'claimed', 'done', 'dropped', 'final', 'finalafter', 'cancelled')
  local finalizer, since = tonumber(m[6] or ''), tonumber(m[4] or 0) - tonumber(m[7] or 0)
  local claimed, ended = tonumber(m[3] or 0), tonumber(m[4] or 0) + tonumber(m[5] or 0)
  local listed, dead, results = redis.call('LLEN', LIST), redis.call('HLEN', DEAD), redis.call('HLEN', RESULTS)
  local waiting = math.max(redis.call('HLEN', WAITING), redis.call('ZCARD', RETRIES) + redis.call('ZCARD', SUSPECTS))
  local counted = math.max(claimed + listed, tonumber(m[2] or 0)) - ended - dead
  -- Who has a lease here holds something.
  local left = math.max(counted, listed + waiting + redis.call('ZCARD', LEASES))
  local function some(n, what) return string.format('%d ', n) .. what .. (n == 1 and '' or 's') end
  local otherwise = rwq('purge') .. '. Or give the new batch a queue name of its own'
  if m[8] then return 'which was cancelled. Remove it: ' .. otherwise end
  if not m[1] then
    return 'which is not sealed: it is still being filled, or its fill has failed. Wait until its Job is Complete, or remove it: ' ..
      otherwise
  end
  local noFinalizer = 'whose finalizer has not run. Wait until its Job is Complete (' .. rwq('status --watch') ..
    '), or remove it: ' .. otherwise
  if left == 1 and finalizer and since == 0 and redis.call('HEXISTS', DEAD, m[6]) == 0 then return noFinalizer end
  if left > 0 then
    return 'which has ' .. some(left, 'item') .. ' left. Wait until its Job is Complete (' .. rwq('status --watch') ..
      '), or remove it: ' .. otherwise
  end
  if dead > 0 then
    return 'which has ' .. some(dead, 'dead letter') .. '. Look at them (' .. rwq('dead list') .. '), then have them tried again (' ..
      rwq('dead retry --all') .. '), drop them (' .. rwq('dead drop --all') .. '), or remove the batch: ' .. otherwise
  end
  if counted ~= 0 then return 'which has counters that do not add up. Remove it: ' .. otherwise end
  -- Not made yet, or others were done after it.
  if m[6] and (not finalizer or since > 1) then return noFinalizer end
  if results > 0 then
    return 'which has ' .. some(results, 'kept result') .. '. Save them (' .. rwq('results') .. '), then remove the batch: ' .. otherwise
  end
end
`;
