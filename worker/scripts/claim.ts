/**
 * Claims items for an incarnation: first those that are due again, then those of the list, in order.
 *
 * It takes at most about `budget` bytes beyond the first item, however many items are wanted. A list does not tell how
 * large its items are, so it reads ahead in small steps. The more workers there are, the fewer items it takes at once,
 * beyond those that would start at once: a call waits for those of all others.
 */
export const CLAIM = String.raw`
local function readWithin(budget, n, taken, read)
  local payloads, bytes, largest = {}, 0, 0
  while #payloads < n do
    local known = math.max(meta.largest, largest)
    local step = 32
    if known == 0 then step = 1 elseif known * step > budget - bytes then step = math.max(1, floor((budget - bytes) / known)) end
    step = math.min(step, n - #payloads)
    local part = read(#payloads, step)
    for _, payload in ipairs(part) do
      if not payload then error({err = 'GONE'}) end
      if #payload > largest then largest = #payload end
      if taken + #payloads > 0 then
        if bytes + #payload > budget then return payloads, largest, 0 end
        bytes = bytes + #payload
      end
      payloads[#payloads + 1] = payload
    end
    if #part < step then break end
  end
  return payloads, largest, budget - bytes
end

-- Ids whose payload is gone wait for nothing; what is missing in the end is the verdict's business.
local function dropGone()
  for _, zset in ipairs({RETRIES, SUSPECTS}) do
    local ids, gone = call('ZRANGE', zset, 0, -1), {}
    for i, payload in ipairs(valuesOf(WAITING, ids)) do
      if not payload then gone[#gone + 1] = ids[i] end
    end
    inCalls('ZREM', zset, gone)
  end
end

-- Says what earlier attempts at the first n of the ids have left. Returns how many of them fit into the budget, one at
-- least, and what is left of it.
local function resume(worker, ids, n, budget)
  if not meta.checkpoints then return n, budget end
  for from = 1, n, 16 do
    for i, value in ipairs(call('HMGET', CHECKPOINTS, unpack(ids, from, math.min(from + 15, n)))) do
      local place = from + i - 1
      if value then
        if place > 1 and #value > budget then return place - 1, 0 end
        budget = budget - #value
        worker.more.resumed = worker.more.resumed or {}
        worker.more.resumed[ids[place]] = value
      end
    end
  end
  return n, budget
end

-- Which of a zset's due items fit, with their scores and payloads; they move to the held list. Not the finalizer.
local function claimDue(worker, zset, limit, n, budget)
  local due = call('ZRANGEBYSCORE', zset, '-inf', limit, 'WITHSCORES', 'LIMIT', 0, meta.finalizer and n + 1 or n)
  local ids, scores = {}, {}
  for i = 1, #due, 2 do
    if #ids < n and tonumber(due[i]) ~= meta.finalizer then ids[#ids + 1] = due[i] scores[#ids] = due[i + 1] end
  end
  if #ids == 0 then return {}, {}, {}, 0, budget end
  local payloads, largest, left = readWithin(budget, #ids, 0, function(offset, step)
    return call('HMGET', WAITING, unpack(ids, offset + 1, math.min(offset + step, #ids)))
  end)
  local fitting, rest = resume(worker, ids, #payloads, budget)
  for i = fitting + 1, #ids do ids[i], payloads[i] = nil, nil end
  return ids, scores, payloads, largest, math.min(left, rest)
end

-- Charges of earlier attempts, as 'place:attempts:crashes' or 'place:attempts:crashes:later', for those of the ids that
-- carry any.
local function chargesOf(ids)
  if #ids == 0 then return '' end
  local parts = {}
  for i, value in ipairs(valuesOf(ATTEMPTS, ids)) do
    if value then parts[#parts + 1] = (i - 1) .. ':' .. string.gsub(string.match(value, '^[^\n]*'), ' ', ':') end
  end
  return table.concat(parts, ' ')
end

-- Takes one suspect if this worker's hands are empty; asks one worker at a time to empty them. True: nothing else now. The
-- last it returns is how many suspects are due.
local function claimSuspect(worker, idle)
  local suspects = call('ZCARD', SUSPECTS)
  if suspects > 0 then suspects = call('ZCOUNT', SUSPECTS, '-inf', whole(meta.clock)) end
  if suspects == 0 then
    if meta.dry == worker.incarnation then meta.dry = '' end
    return false, nil, 0
  end
  local taker = meta.dry ~= '' and meta.dry ~= worker.incarnation and call('ZSCORE', LEASES, meta.dry)
  if not idle then
    if taker then return false, nil, suspects end
    meta.dry = worker.incarnation
    return true, nil, suspects
  end
  if taker and call('LLEN', LIST) + call('ZCOUNT', RETRIES, '-inf', whole(meta.clock)) > 0 then return false, nil, suspects end
  if not taker then meta.dry = worker.incarnation end
  return true, call('ZRANGE', SUSPECTS, 0, 0, 'WITHSCORES'), suspects
end

-- Returns payloads, their segments, their charges, where they come from, and how many more an idle worker would find.
local function claim(worker, want, need, budget)
  worker.gave, worker.token = 0, 0
  if worker.leaving and meta.dry == worker.incarnation then meta.dry = '' end
  local ours = (worker.batch or '') == '' or meta.batch == worker.batch and meta.sealed
  local no = want < 1 or meta.paused or worker.alone == '1' or worker.leaving or not ours or worker.more.over or heldBack(worker)
  if no then return {}, '', '' end
  local idle = worker.count + worker.moved == 0
  local ids, scores, payloads, zset, fresh, largest, rest = {}, {}, {}, RETRIES, 0, 0, 0
  local bucket = bucketOf(worker)
  local dry, suspect, suspects = claimSuspect(worker, idle)
  if dry then
    if suspect then
      zset, ids, scores = SUSPECTS, {suspect[1]}, {suspect[2]}
      payloads = call('HMGET', WAITING, suspect[1])
      if not payloads[1] then error({err = 'GONE'}) end
      resume(worker, ids, 1, budget)
      worker.alone = '1'
      rest = suspects - 1 + call('LLEN', LIST) + call('ZCOUNT', RETRIES, '-inf', whole(meta.clock))
    end
  else
    local n = math.min(want, 1000)
    local others = call('ZCARD', IDLE)
    local workers = call('ZCARD', LEASES) + others
    if idle then others = others - 1 end
    if workers > 1 then
      local listed = call('LLEN', LIST)
      local share = math.ceil((listed + call('ZCARD', RETRIES)) / (2 * workers))
      -- Claims of many workers queue up in Redis, so each takes less. Below 64 items, the call itself is what costs.
      n = math.min(n, math.max(need, math.min(share, math.max(64, floor(16000 / workers)))))
      if others > 0 then rest = listed + suspects end
    end
    if bucket then n = math.min(n, bucket.whole) end
    local left
    ids, scores, payloads, largest, left = claimDue(worker, RETRIES, whole(meta.clock), math.min(n, 250), budget)
    local again = #payloads
    if again > 0 and others > 0 then
      rest = rest + call('ZCOUNT', RETRIES, '-inf', whole(meta.clock)) - again
    end
    if again < n and left > 0 then
      local first, largestFresh = readWithin(left, n - again, again, function(offset, step)
        return call('LRANGE', LIST, offset, offset + step - 1)
      end)
      fresh = #first
      if again == 0 then payloads = first else for i = 1, fresh do payloads[again + i] = first[i] end end
      if largestFresh > largest then largest = largestFresh end
    end
  end
  local n = #payloads
  if n == 0 then
    -- Whoever is woken now would ask in vain as well.
    if suspects == 0 then call('DEL', WAKE) end
    return payloads, '', ''
  end

  if bucket then
    putTokens(bucket, bucket.tokens - n)
    -- Whoever is woken now would find no token.
    if bucket.whole == n then rest = 0 end
  end
  local charges = chargesOf(ids)
  local before = call('LLEN', worker.held)
  uncopy(function()
    if before > 0 then call('LTRIM', worker.held, 0, before - 1) else call('DEL', worker.held) end
  end)
  inCalls('RPUSH', worker.held, payloads)
  local given = {segments = {}, count = 0}
  for _, id in ipairs(ids) do append(worker, tonumber(id), 1) append(given, tonumber(id), 1) end
  if fresh > 0 then append(worker, meta.claimed + 1, fresh) append(given, meta.claimed + 1, fresh) end
  meta.claimed = meta.claimed + fresh
  meta.largest = math.max(1, largest, floor(meta.largest * 0.75))
  meta.token = math.max(meta.token, micros + meta.ahead) + n
  meta.lastclaim = meta.clock
  worker.gave, worker.token = n, meta.token - n
  local parts = {}
  for i, segment in ipairs(given.segments) do parts[i] = whole(segment[1]) .. ':' .. segment[2] end
  return payloads, table.concat(parts, ' '), charges, zset, ids, scores, fresh, math.max(0, rest - fresh)
end

-- The last step of a claim, once the incarnation's record names the items: they leave where they came from.
local function clearSources(zset, ids, scores, payloads, fresh)
  if #ids > 0 then
    local scored, stored = {}, {}
    for i, id in ipairs(ids) do
      scored[2 * i - 1], scored[2 * i] = scores[i], id
      stored[2 * i - 1], stored[2 * i] = id, payloads[i]
    end
    putBack(function() inCalls('HSET', WAITING, stored) end)
    putBack(function() inCalls('ZADD', zset, scored) end)
    inCalls('ZREM', zset, ids)
    inCalls('HDEL', WAITING, ids)
  end
  if fresh > 0 then
    call('LTRIM', LIST, fresh, -1)
    putBack(function()
      local reversed = {}
      for i = #payloads, #payloads - fresh + 1, -1 do reversed[#reversed + 1] = payloads[i] end
      inCalls('LPUSH', LIST, reversed)
    end)
  end
end
`;
