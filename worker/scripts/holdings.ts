/**
 * What an incarnation holds, and how it is settled, given back or taken back.
 *
 * Its items are in a list, `held`, in the order in which they were handed out. `segments` names the ids in that list, as
 * `first:count` runs. `head` is the position of its first item; positions count from 0 for each incarnation and never
 * repeat. Items that run longer than those beside them move to a hash, `running`, so that the front of the list can be cut.
 */
export const HOLDINGS = String.raw`
local function loadWorker(incarnation, evenWithout)
  local record = key('worker', incarnation)
  local was = call('HMGET', record, 'exchange', 'head', 'segments', 'lease', 'run', 'batch', 'settle', 'maxAttempts',
    'gave', 'token', 'alone', 'answer', 'before', 'leaving', 'moved', 'spare',
    'finally', 'full', 'progress', 'rate', 'failFast', 'endless')
  if not was[1] and not evenWithout then return nil end
  local worker = {incarnation = incarnation, record = record, held = key('held', incarnation),
    running = key('running', incarnation), was = was, exchange = tonumber(was[1] or -1), head = tonumber(was[2] or 0),
    lease = tonumber(was[4] or 0), run = was[5] or nil, batch = was[6] or nil, settle = tonumber(was[7] or 0),
    maxAttempts = tonumber(was[8] or 0), gave = tonumber(was[9] or 0), token = tonumber(was[10] or 0),
    alone = was[11] or nil, answer = was[12] or '0', before = was[13] or '0',
    leaving = was[14] == '1', moved = tonumber(was[15] or 0), spare = tonumber(was[16] or ''),
    finally = (was[17] or '') ~= '',
    full = was[18] == '1', progress = was[19] == '1', rate = was[20] or '',
    failFast = was[21] == '1', endless = was[22] == '1'}
  worker.more = {}
  local count = 0
  local segments = {}
  for first, n in string.gmatch(was[3] or '', '(%d+):(%d+)') do
    n = tonumber(n)
    segments[#segments + 1] = {tonumber(first), n}
    count = count + n
  end
  worker.segments, worker.count = segments, count
  worker.zset = count + worker.moved > 0 and LEASES or IDLE
  return worker
end

local function saveWorker(worker)
  local parts = {}
  for _, segment in ipairs(worker.segments) do parts[#parts + 1] = whole(segment[1]) .. ':' .. segment[2] end
  local was = worker.was
  call('HSET', worker.record, 'exchange', worker.exchange, 'head', worker.head, 'segments', table.concat(parts, ' '),
    'gave', worker.gave, 'token', whole(worker.token), 'alone', worker.alone or '0', 'answer', worker.answer, 'before',
    worker.before, 'moved', worker.moved, 'full', worker.full and '1' or '')
  undo(function()
    call('HSET', worker.record, 'exchange', was[1], 'head', was[2] or 0, 'segments', was[3] or '', 'gave', was[9] or 0,
      'token', was[10] or 0, 'alone', was[11] or '0', 'answer', was[12] or '0', 'before', was[13] or '0', 'moved', was[15] or 0,
      'full', was[18] or '')
  end)
end

-- One that holds nothing asks rarely, and nobody waits for its end.
local IDLE_LEASE, IDLE_LEASE_EACH = 60000, 20
local function idleLease(worker)
  return math.max(IDLE_LEASE, 2 * worker.lease, IDLE_LEASE_EACH * call('ZCARD', IDLE))
end

-- Gives it a whole lease from now on, in LEASES or in IDLE.
local function setLease(worker, zset)
  local was = worker.zset
  local deadline = meta.clock + (zset == LEASES and worker.lease or idleLease(worker))
  local before = call('ZSCORE', was, worker.incarnation)
  call('ZADD', zset, whole(deadline), worker.incarnation)
  -- Where copies stay in its hands, so does its place among those that hold something.
  local back = zset == LEASES and uncopy or undo
  back(function()
    if before then call('ZADD', was, before, worker.incarnation) end
    if not before or was ~= zset then call('ZREM', zset, worker.incarnation) end
  end)
  if was ~= zset then call('ZREM', was, worker.incarnation) end
  worker.zset = zset
end

-- The lease of one that holds something is in LEASES, of one that holds nothing in IDLE.
local function moveLease(worker)
  local zset = worker.count + worker.moved > 0 and LEASES or IDLE
  if zset ~= worker.zset then setLease(worker, zset) end
end

-- Its process was told to stop. That does not end before the record does.
local function markLeaving(worker)
  if worker.leaving then return end
  worker.leaving = true
  undo(function() call('HDEL', worker.record, 'leaving') end)
  call('HSET', worker.record, 'leaving', '1')
end

-- The ids of n items from the given place in the held list on, as text: Redis takes its time to write a number down.
local function idsAt(worker, offset, n)
  local ids, skip = {}, offset
  for _, segment in ipairs(worker.segments) do
    local first, count = segment[1], segment[2]
    if skip >= count then
      skip = skip - count
    else
      for id = first + skip, first + count - 1 do
        if #ids == n then return ids end
        ids[#ids + 1] = whole(id)
      end
      skip = 0
    end
  end
  return ids
end

local function cutFront(worker, n)
  worker.head, worker.count = worker.head + n, worker.count - n
  local left = {}
  for _, segment in ipairs(worker.segments) do
    if n >= segment[2] then
      n = n - segment[2]
    else
      left[#left + 1] = {segment[1] + n, segment[2] - n}
      n = 0
    end
  end
  worker.segments = left
end

local function cutBack(worker, n)
  worker.count = worker.count - n
  local segments = worker.segments
  while n > 0 do
    local last = segments[#segments]
    if n >= last[2] then
      n = n - last[2]
      segments[#segments] = nil
    else
      last[2] = last[2] - n
      n = 0
    end
  end
end

-- Runs a command over many arguments in calls of at most 1,000.
local function inCalls(command, target, arguments)
  for from = 1, #arguments, 1000 do
    call(command, target, unpack(arguments, from, math.min(from + 999, #arguments)))
  end
end

-- Cuts the front of the held list, which the caller has read.
local function cutHeld(worker, payloads)
  call('LTRIM', worker.held, #payloads, -1)
  putBack(function()
    local reversed = {}
    for i = #payloads, 1, -1 do reversed[#reversed + 1] = payloads[i] end
    inCalls('LPUSH', worker.held, reversed)
  end)
end

local function append(worker, id, n)
  local segments = worker.segments
  local last = segments[#segments]
  if last and last[1] + last[2] == id then last[2] = last[2] + n else segments[#segments + 1] = {id, n} end
  worker.count = worker.count + n
end

-- One by one what a hash holds under the ids; false where there is nothing.
local function valuesOf(hash, ids)
  if #ids == 0 then return {} end
  if #ids <= 1000 then return call('HMGET', hash, unpack(ids)) end
  local values = {}
  for from = 1, #ids, 1000 do
    for _, value in ipairs(call('HMGET', hash, unpack(ids, from, math.min(from + 999, #ids)))) do
      values[#values + 1] = value
    end
  end
  return values
end

-- Writes values under ids that the hash does not have.
local function write(hash, ids, values)
  if #ids == 0 then return end
  local fields = {}
  for i, id in ipairs(ids) do fields[2 * i - 1], fields[2 * i] = id, values[i] end
  uncopy(function() inCalls('HDEL', hash, ids) end)
  inCalls('HSET', hash, fields)
end

-- Removes what the hash has under the ids.
local function clear(hash, ids)
  if #ids == 0 then return end
  local before = {}
  for i, value in ipairs(valuesOf(hash, ids)) do
    if value then before[#before + 1] = ids[i] before[#before + 1] = value end
  end
  if #before == 0 then return end
  undo(function() inCalls('HSET', hash, before) end)
  inCalls('HDEL', hash, ids)
end
local function forget(ids) clear(ATTEMPTS, ids) end

-- Of a queue that was cancelled, nothing is tried again. The ids are those of n items, where they are known. What cannot be put
-- back any more stays counted.
local function drop(n, ids)
  forget(ids)
  if meta.checkpoints then clear(CHECKPOINTS, ids) end
  meta.dropped, meta.cancelled = meta.dropped + n, meta.cancelled + n
  for _, id in ipairs(ids) do
    if tonumber(id) == meta.finalizer then meta.finals = meta.finals - 1 end
  end
  saveFields(uncopy, 'dropped', 'cancelled', 'finals')
end

-- The same of what was never claimed.
local function dropNew(n)
  meta.claimed = meta.claimed + n
  saveFields(uncopy, 'claimed')
  drop(n, {})
end

-- Copies items to the waiting hash and queues their ids in a zset; or drops them.
local function park(zset, ids, payloads, scores)
  if #ids == 0 then return end
  if meta.cancelled then return drop(#ids, ids) end
  write(WAITING, ids, payloads)
  local scored = {}
  for i, id in ipairs(ids) do scored[2 * i - 1], scored[2 * i] = scores[i], id end
  uncopy(function() inCalls('ZREM', zset, ids) end)
  inCalls('ZADD', zset, scored)
end

-- Writes values under ids of which the hash may have some.
local function put(hash, ids, values, was)
  local fields, before, fresh = {}, {}, {}
  for i, id in ipairs(ids) do
    fields[2 * i - 1], fields[2 * i] = id, values[i]
    if was[i] then before[#before + 1] = id before[#before + 1] = was[i] else fresh[#fresh + 1] = id end
  end
  undo(function() inCalls('HSET', hash, before) inCalls('HDEL', hash, fresh) end)
  inCalls('HSET', hash, fields)
end
local function putAttempts(ids, values, was) put(ATTEMPTS, ids, values, was) end

local function underHeaders(headers, payloads)
  local values = {}
  for i, payload in ipairs(payloads) do values[i] = headers[i] .. '\n' .. payload end
  return values
end

-- Attempts, those of them that ended in a crash, and how often it was put off, which stands there only where it was; then
-- how its last attempts failed, each in JSON behind a line feed.
local function chargesIn(known)
  if not known then return 0, 0, 0, '' end
  local line = string.find(known, '\n', 1, true)
  local attempts, crashes, later = string.match(known, '^(%d+) (%d+) ?(%d*)')
  return attempts, crashes, tonumber(later) or 0, line and string.sub(known, line) or ''
end

local function chargeOf(attempts, crashes, later, history)
  return attempts .. ' ' .. crashes .. (later > 0 and ' ' .. whole(later) or '') .. history
end

-- A history is short, and where all items fail, those that come first are enough of them: memory is for payloads.
local HISTORY_BYTES, HISTORY_ITEMS = 2000, 10000
local function hasRoomForHistory() return call('HLEN', ATTEMPTS) < HISTORY_ITEMS end

-- Adds how an attempt failed, and keeps the last four.
local function remember(history, failure)
  if type(failure) ~= 'string' or #failure > HISTORY_BYTES then return history end
  if string.find(failure, '\n', 1, true) then failure = string.gsub(failure, '\n', ' ') end
  if string.byte(failure, 1) ~= 123 or string.byte(failure, -1) ~= 125 then return history end
  local lines, second, at = 0, nil, string.find(history, '\n', 1, true)
  while at do
    lines = lines + 1
    if lines == 2 then second = at end
    at = string.find(history, '\n', at + 1, true)
  end
  return (lines < 4 and history or string.sub(history, second)) .. '\n' .. failure
end

-- The header of a dead letter, with how the attempts before the last one failed.
local function withHistory(header, history)
  local members = history ~= '' and string.match(header, '^(.*[^{%s])%s*}$')
  if not members then return header end
  return members .. ',"history":[' .. string.gsub(string.sub(history, 2), '\n', ',') .. ']}'
end

local function bury(ids, headers, payloads)
  for i, known in ipairs(valuesOf(ATTEMPTS, ids)) do
    local _, _, _, history = chargesIn(known)
    headers[i] = withHistory(headers[i], history)
  end
  write(DEAD, ids, underHeaders(headers, payloads))
  forget(ids)
  if meta.checkpoints then clear(CHECKPOINTS, ids) end
end

-- Where an item waits that ran alone, and has to again. The finalizer, which always does, is handed out by the verdict.
local function aloneAgain(id)
  return tonumber(id) == meta.finalizer and RETRIES or SUSPECTS
end

-- Back to the front of the queue, in the order of first claims, without a charge.
local function giveBack(worker, ids, payloads)
  if #ids == 0 then return end
  local scores = {}
  for i, id in ipairs(ids) do scores[i] = whole(FRONT + id) end
  park(worker.alone == '1' and aloneAgain(ids[1]) or RETRIES, ids, payloads, scores)
end

-- Charged with a crash: run again like any other until the last permitted attempt, which runs alone. Only a crash while
-- alone is proof enough for a dead letter.
local function chargeCrash(worker, ids, payloads)
  if #ids == 0 then return end
  local known, hasRoom = valuesOf(ATTEMPTS, ids), hasRoomForHistory()
  local name = call('HGET', worker.record, 'name')
  name = name and name ~= '' and string.sub(name, 1, 253) or nil
  local again, alone, values = {{}, {}, {}}, {{}, {}, {}}, {}
  local buried, headers, buriedPayloads = {}, {}, {}
  local survivors, survivorsWere = {}, {}
  for i, id in ipairs(ids) do
    local attempts, crashes, later, history = chargesIn(known[i])
    attempts, crashes = attempts + 1, crashes + 1
    if worker.alone == '1' and attempts >= worker.maxAttempts then
      buried[#buried + 1], buriedPayloads[#buried + 1] = id, payloads[i]
      headers[#buried] = cjson.encode({reason = 'crash', attempts = attempts, crashes = crashes, at = meta.wall,
        worker = name, error = 'its worker crashed ' .. crashes .. ' times, the last time while it ran alone'})
    else
      local place = attempts >= worker.maxAttempts - 1 and aloneAgain(id) == SUSPECTS and alone or again
      local k = #place[1] + 1
      place[1][k], place[2][k], place[3][k] = id, payloads[i], whole(FRONT + id)
      survivors[#survivors + 1] = id
      survivorsWere[#survivors] = known[i]
      if hasRoom then
        local failure = {attempt = attempts, at = meta.wall, error = 'its worker crashed', worker = name}
        history = remember(history, cjson.encode(failure))
      end
      values[#survivors] = chargeOf(attempts, crashes, later, history)
    end
  end
  bury(buried, headers, buriedPayloads)
  putAttempts(survivors, values, survivorsWere)
  park(RETRIES, again[1], again[2], again[3])
  park(SUSPECTS, alone[1], alone[2], alone[3])
end

-- Failed: charged with an attempt, due again after a delay.
local function retry(ids, payloads, delays, failures)
  if #ids == 0 then return end
  local known, hasRoom, scores, values = valuesOf(ATTEMPTS, ids), hasRoomForHistory(), {}, {}
  for i, id in ipairs(ids) do
    local attempts, crashes, later, history = chargesIn(known[i])
    values[i] = chargeOf(attempts + 1, crashes, later, hasRoom and remember(history, failures[i]) or history)
    scores[i] = whole(meta.clock + delays[i])
  end
  putAttempts(ids, values, known)
  park(RETRIES, ids, payloads, scores)
end

-- Put off by its handler: counted, not charged, due again after a delay. What ran alone still has to.
local function postpone(worker, ids, payloads, delays)
  if #ids == 0 then return end
  local known, scores, values = valuesOf(ATTEMPTS, ids), {}, {}
  for i, id in ipairs(ids) do
    local attempts, crashes, later, history = chargesIn(known[i])
    values[i] = chargeOf(attempts, crashes, later + 1, history)
    scores[i] = whole(meta.clock + delays[i])
  end
  putAttempts(ids, values, known)
  park(worker.alone == '1' and aloneAgain(ids[1]) or RETRIES, ids, payloads, scores)
end

-- What one call takes back of others at most: items, and bytes, or one item that has more.
local ITEMS, BYTES = 500, 1048576
local function fullBudget() return {items = ITEMS, bytes = BYTES, first = true} end

-- Reads payloads one by one, because nothing tells beforehand how large they are, as far as the budget goes.
local function readOf(budget, n, read)
  local payloads = {}
  while #payloads < n and budget.items > 0 do
    local payload = read(#payloads)
    if not payload or (#payload > budget.bytes and not budget.first) then break end
    payloads[#payloads + 1] = payload
    budget.items, budget.bytes, budget.first = budget.items - 1, budget.bytes - #payload, false
  end
  return payloads
end

-- Redis forgets an incarnation that holds nothing. If all that fails on the way back is that it gets its lease again, it is
-- looked for among the others.
local function dropRecord(incarnation)
  local name = key('worker', incarnation)
  local record = call('HGETALL', name)
  local leased, idle = call('ZSCORE', LEASES, incarnation), call('ZSCORE', IDLE, incarnation)
  undo(function() if #record > 0 then call('HSET', name, unpack(record)) end end)
  local function register(zset, deadline, other)
    if deadline and not pcall(call, 'ZADD', zset, deadline, incarnation) then call('ZADD', other, deadline, incarnation) end
  end
  undo(function() register(IDLE, idle, LEASES) end)
  undo(function() register(LEASES, leased, IDLE) end)
  call('DEL', name)
  if leased then call('ZREM', LEASES, incarnation) end
  if idle then call('ZREM', IDLE, incarnation) end
end

-- Takes items out of an incarnation's hands, all of them or as far as a budget goes; true when nothing is left there. One
-- that has lost a part of what it held gets no further exchange.
local function takeBack(worker, move, budget)
  local loose = call('HKEYS', worker.running)
  if #loose > 0 then
    local payloads
    if budget then
      payloads = readOf(budget, #loose, function(i) return call('HGET', worker.running, loose[i + 1]) end)
    else
      payloads = valuesOf(worker.running, loose)
    end
    local ids, stored = {}, {}
    for i, payload in ipairs(payloads) do ids[i], stored[2 * i - 1], stored[2 * i] = loose[i], loose[i], payload end
    if #ids > 0 then
      move(worker, ids, payloads)
      if worker.progress then clear(PROGRESS, ids) end
      putBack(function() inCalls('HSET', worker.running, stored) end)
      inCalls('HDEL', worker.running, ids)
      worker.moved = math.max(0, worker.moved - #ids)
    end
  end
  local payloads
  if budget then
    payloads = readOf(budget, budget.items, function(i) return call('LRANGE', worker.held, i, i)[1] end)
  else
    payloads = call('LRANGE', worker.held, 0, ITEMS - 1)
  end
  -- Where a way back failed as well, the list is not what the record names. Which of its items are missing nobody knows, so
  -- those that are there begin anew.
  if call('LLEN', worker.held) ~= worker.count then worker.segments, worker.count = {}, 0 end
  if #payloads > 0 then
    if worker.count > 0 then
      local ids = idsAt(worker, 0, #payloads)
      move(worker, ids, payloads)
      if worker.progress then clear(PROGRESS, ids) end
    elseif meta.cancelled then
      drop(#payloads, {})
    else
      local length = call('LLEN', LIST)
      uncopy(function() if length > 0 then call('LTRIM', LIST, 0, length - 1) else call('DEL', LIST) end end)
      inCalls('RPUSH', LIST, payloads)
    end
    cutHeld(worker, payloads)
    if worker.count > 0 then cutFront(worker, #payloads) end
    worker.gave = 0
  end
  if call('EXISTS', worker.held, worker.running) > 0 then
    worker.exchange = -1
    saveWorker(worker)
    return false
  end
  dropRecord(worker.incarnation)
  return true
end

-- Why a worker is to stop, though the queue is not drained.
local function whyOver(worker)
  local batch = worker.batch or ''
  if batch ~= '' and meta.batch ~= batch then return nil end
  if meta.cancelled then return 'cancelled' end
  return worker.failFast and call('HLEN', DEAD) > 0 and 'failed' or nil
end

-- Makes up to n workers that wait ask again, each by a token that it takes off the list, and no more than 64 at a time.
-- Whoever then finds more than it takes makes others ask. Workers that hold something may wait as well, with a free lane.
local TOKENS = 64
local function wake(n)
  n = math.min(n, call('ZCARD', IDLE) + call('ZCARD', LEASES), TOKENS)
  if n > 0 then n = n - call('LLEN', WAKE) end
  if n < 1 then return end
  local tokens = {}
  for i = 1, n do tokens[i] = '1' end
  call('RPUSH', WAKE, unpack(tokens))
end

-- ms until the next lease of one that holds something runs out, 0 where one has; nothing where there is none.
local function nextLapse()
  local first = call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')
  return first[2] and math.max(0, tonumber(first[2]) - meta.clock)
end

-- After a silence of Redis, a lease lasts for all of its time from then on.
local function setDeadline(worker, deadline)
  local was = call('ZSCORE', LEASES, worker.incarnation)
  undo(function() call('ZADD', LEASES, was, worker.incarnation) end)
  call('ZADD', LEASES, whole(deadline), worker.incarnation)
end

local function putInto(zset, incarnation, deadline, other)
  local was = call('ZSCORE', other, incarnation)
  undo(function() call('ZADD', other, was, incarnation) call('ZREM', zset, incarnation) end)
  call('ZADD', zset, whole(deadline), incarnation)
  call('ZREM', other, incarnation)
end

-- Takes back what up to 20 workers hold whose lease has run out, those first that are longest overdue, as far as the budget
-- of one call goes. Returns ms until there is more to take back.
local function recover(asking)
  local lapse = nextLapse()
  if lapse ~= 0 then return lapse end
  local budget = fullBudget()
  for _, incarnation in ipairs(call('ZRANGEBYSCORE', LEASES, '-inf', whole(meta.clock), 'LIMIT', 0, 20)) do
    local worker = loadWorker(incarnation, true)
    if incarnation == asking.incarnation then
      -- Left here by a way back that failed as well: its lease is in IDLE.
      putInto(IDLE, incarnation, meta.clock + IDLE_LEASE, LEASES)
    elseif meta.silence + worker.lease > meta.clock then
      setDeadline(worker, meta.silence + worker.lease)
    else
      -- Killed after it was told to stop, before its items came to their end: that is no crash. Nor is a record that is gone.
      local uncharged = worker.leaving or not worker.was[1]
      if not takeBack(worker, uncharged and giveBack or chargeCrash, budget) then break end
    end
    if budget.items < 1 then break end
  end
  if budget.items < ITEMS then wake(ITEMS - budget.items) end
  return nextLapse()
end

-- Drops up to 100 workers that hold nothing and whose lease has run out.
local function dropIdle()
  if meta.silence + IDLE_LEASE > meta.clock then return end
  for _, incarnation in ipairs(call('ZRANGEBYSCORE', IDLE, '-inf', whole(meta.clock), 'LIMIT', 0, 100)) do
    if call('EXISTS', key('held', incarnation), key('running', incarnation)) > 0 then
      putInto(LEASES, incarnation, meta.clock, IDLE)
    else
      dropRecord(incarnation)
    end
  end
end
`;
