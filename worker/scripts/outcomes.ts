/**
 * The outcomes of items that are not simply done, and what others leave while they run, as JSON, followed by a line feed,
 * the results, the follow-up items, and the checkpoints:
 *
 *   {"keep":[[id,position]…],          still running: moves from the held list to the hash
 *    "done":[id…],                     done, from the hash
 *    "results":[[id,position,bytes]…], done, with a result to keep, and its length
 *    "add":[[id,position,[[front,bytes,keyed]…]]…],
 *                                      done, with follow-up items: 1 for the front of the list, its length, 1 if 16 bytes
 *                                      that stand for its key come first; with a result, it stands in results as well
 *    "retry":[[id,position,delay,failure]…],
 *                                      failed, due again in delay ms; how, in JSON, for the history of a dead letter
 *    "later":[[id,position,delay]…],   put off by its handler, uncharged, due again in delay ms
 *    "dead":[[id,position,header]…],   dead letter
 *    "back":[[id,position]…],          given back, uncharged
 *    "forget":[id…],                   done after earlier failures
 *    "checkpoint":[[id,bytes]…],       in hand before this exchange: what it leaves for the next attempt, and its length;
 *                                      without a length it is done, and what it left goes
 *    "durations":[[class,count]…],     attempts that took so long, and for '… sum' how many ms they took in all
 *    "dry":[[class,count]…],           the same, which counts only if this exchange hands nothing out
 *    "progress":[[id,text]…],          in hand before this exchange: how far it is, for people; without a text its attempt
 *                                      has ended
 *    "slow":ms}                        a handler asks that nobody is handed anything for so long
 *
 * A position is the item's place in the held list, or -1 if it is in the hash already. Items that leave the front of the
 * held list and are not named here are done.
 *
 * Where Redis has no room for more (isFull), what has follow-up items is kept: it still counts as running.
 */
export const OUTCOMES = String.raw`
-- Whether all of these are in its hands.
local function mustHold(worker, ids)
  local others = {}
  for _, id in ipairs(ids) do others[id] = true end
  for _, segment in ipairs(worker.segments) do
    for id = segment[1], segment[1] + segment[2] - 1 do others[id] = nil end
  end
  for id in pairs(others) do
    if call('HEXISTS', worker.running, whole(id)) == 0 then
      error({err = 'STALE item ' .. whole(id) .. ' is not in the hands of ' .. worker.incarnation})
    end
  end
end

-- What handlers note of items in a hash: writes it, and removes that of items without any. True where it wrote something.
local function note(hash, ids, values)
  local noted, texts, over = {}, {}, {}
  for i, id in ipairs(ids) do
    if values[i] then noted[#noted + 1] = id texts[#noted] = values[i] else over[#over + 1] = id end
  end
  clear(hash, over)
  if #noted > 0 then put(hash, noted, texts, valuesOf(hash, noted)) end
  return #noted > 0
end

local function noteCheckpoints(ids, values)
  if not note(CHECKPOINTS, ids, values) or meta.checkpoints then return end
  meta.checkpoints = '1'
  saveMeta('checkpoints')
end

-- Adds to the histogram of durations, class by class.
local function countDurations(entries)
  local classes, values = {}, {}
  for i, entry in ipairs(entries or {}) do classes[i] = entry[1] end
  if #classes == 0 then return end
  local was = valuesOf(DURATIONS, classes)
  for i, entry in ipairs(entries) do values[i] = whole(tonumber(was[i] or 0) + entry[2]) end
  put(DURATIONS, classes, values, was)
end

local function noteProgress(worker, ids, values)
  if not note(PROGRESS, ids, values) or worker.progress then return end
  worker.progress = true
  undo(function() call('HDEL', worker.record, 'progress') end)
  call('HSET', worker.record, 'progress', '1')
end

-- Pushes items, to the end of the list or to the front. Of those with a key, named by place, each comes into the queue
-- once. Of a queue that was cancelled, they are dropped. Returns how many there are.
local function pushNew(payloads, isFront, keyed)
  local hashes, known = {}, {}
  for _, hash in pairs(keyed) do hashes[#hashes + 1] = hash end
  for from = 1, #hashes, 1000 do
    local to = math.min(from + 999, #hashes)
    for i, isKnown in ipairs(call('SMISMEMBER', SEEN, unpack(hashes, from, to))) do
      if isKnown == 1 then known[hashes[from + i - 1]] = true end
    end
  end
  local front, back, fresh = {}, {}, {}
  for i, payload in ipairs(payloads) do
    local hash = keyed[i]
    if not hash or not known[hash] then
      local place = isFront[i] and front or back
      place[#place + 1] = payload
      if hash then fresh[#fresh + 1] = hash known[hash] = true end
    end
  end
  local n = #front + #back
  if meta.cancelled then
    dropNew(n)
    front, back = {}, {}
  end
  local before, ahead = call('LLEN', LIST), 0
  uncopy(function() if before > 0 then call('LTRIM', LIST, ahead, ahead + before - 1) else call('DEL', LIST) end end)
  inCalls('RPUSH', LIST, back)
  for to = #front, 1, -1000 do
    local reversed = {}
    for i = to, math.max(1, to - 999), -1 do reversed[#reversed + 1] = front[i] end
    call('LPUSH', LIST, unpack(reversed))
    ahead = ahead + #reversed
  end
  -- Where a key cannot be forgotten again, its item stays.
  if #fresh > 0 then putBack(function() inCalls('SREM', SEEN, fresh) end) end
  inCalls('SADD', SEEN, fresh)
  return n
end

-- Follow-up items are a part of the total.
local function countAdded(added)
  meta.added, meta.lastclaim = meta.added + added, meta.clock
  if not meta.total then return saveMeta('added', 'lastclaim') end
  meta.total = whole(tonumber(meta.total) + added)
  saveMeta('added', 'lastclaim', 'total')
end

-- Applies the outcomes. Returns how many are done. What leaves stays where it is until all else is written: the first
-- advance items of the held list, and those of the hash (cutLoose). Looks first whether all that is named is there; until
-- then nothing is written.
local function settle(worker, advance, text, isFull)
  worker.full, worker.added = false, 0
  if text == '' then return advance end
  local at = string.find(text, '\n', 1, true) or #text
  local outcomes = cjson.decode(string.sub(text, 1, at))
  -- What follows the line feed, piece by piece.
  local function nextBytes(bytes)
    at = at + bytes
    return string.sub(text, at - bytes + 1, at)
  end
  local window = advance > 0 and call('LRANGE', worker.held, 0, advance - 1) or {}
  local adds, loose = {}, {}
  for _, entry in ipairs(outcomes.add or {}) do adds[entry[1]] = true end
  for i, id in ipairs(outcomes.done or {}) do loose[i] = id end
  for _, kind in ipairs({'results', 'add', 'retry', 'later', 'dead', 'back'}) do
    for _, entry in ipairs(outcomes[kind] or {}) do
      if entry[2] < 0 and (kind ~= 'results' or not adds[entry[1]]) then loose[#loose + 1] = entry[1] end
    end
  end
  local looseOf = {}
  for i, payload in ipairs(valuesOf(worker.running, loose)) do looseOf[loose[i]] = payload end

  local done = advance
  local function payloadOf(id, position)
    local payload
    if position < 0 then payload = looseOf[id] else payload = window[position - worker.head + 1] end
    if not payload then error({err = 'STALE item ' .. id .. ' is not in the hands of ' .. worker.incarnation}) end
    return payload
  end
  local function take(kind)
    local ids, payloads, details, failures = {}, {}, {}, {}
    for i, entry in ipairs(outcomes[kind] or {}) do
      ids[i], payloads[i], details[i], failures[i] = entry[1], payloadOf(entry[1], entry[2]), entry[3], entry[4]
      if entry[2] >= 0 then done = done - 1 end
    end
    return ids, payloads, details, failures
  end

  for _, id in ipairs(outcomes.done or {}) do payloadOf(id, -1) done = done + 1 end
  local keep, keepPayloads = take('keep')
  local well, wellPayloads, results = {}, {}, {}
  for _, entry in ipairs(outcomes.results or {}) do
    local id, result = entry[1], nextBytes(entry[3])
    local payload = payloadOf(id, entry[2])
    if not (isFull and adds[id]) then
      well[#well + 1], wellPayloads[#well + 1], results[#well + 1] = id, payload, result
    end
    if entry[2] < 0 and not adds[id] then done = done + 1 end
  end
  local children, isFront, keyed = {}, {}, {}
  for _, entry in ipairs(outcomes.add or {}) do
    local id, position = entry[1], entry[2]
    local payload = payloadOf(id, position)
    for _, child in ipairs(entry[3]) do
      local i = #children + 1
      if child[1] == 1 then isFront[i] = true end
      if child[3] == 1 then keyed[i] = nextBytes(16) end
      children[i] = nextBytes(child[2])
    end
    if isFull and position >= 0 then
      done = done - 1
      keep[#keep + 1], keepPayloads[#keep + 1] = id, payload
    elseif not isFull and position < 0 then
      done = done + 1
    end
  end
  local leaving, checkpoints = {}, {}
  for _, entry in ipairs(outcomes.checkpoint or {}) do
    local text = entry[2] and nextBytes(entry[2]) or false
    if not (isFull and adds[entry[1]]) then leaving[#leaving + 1], checkpoints[#leaving + 1] = entry[1], text end
  end
  local moving, progress = {}, {}
  for i, entry in ipairs(outcomes.progress or {}) do
    moving[i], progress[i] = entry[1], entry[2] and worker.incarnation .. ' ' .. entry[2] or false
  end
  if #leaving > 0 then mustHold(worker, leaving) end
  if #moving > 0 then mustHold(worker, moving) end
  if at ~= #text then error({err = 'ERR what follows the outcomes does not have the lengths that are named'}) end
  local failed, failedPayloads, delays, failures = take('retry')
  local later, laterPayloads, laterDelays = take('later')
  local dead, deadPayloads, headers = take('dead')
  local back, backPayloads = take('back')
  local forgotten = outcomes.forget or {}
  if isFull and next(adds) then
    worker.full = true
    local function others(ids)
      local left = {}
      for _, id in ipairs(ids) do if not adds[id] then left[#left + 1] = id end end
      return left
    end
    loose, forgotten, children = others(loose), others(forgotten), {}
  end

  noteCheckpoints(leaving, checkpoints)
  noteProgress(worker, moving, progress)
  countDurations(outcomes.durations)
  worker.dry = outcomes.dry
  if #children > 0 then worker.added = pushNew(children, isFront, keyed) end
  if worker.added > 0 then countAdded(worker.added) end
  if outcomes.slow then slowDown(outcomes.slow) end
  write(RESULTS, well, underHeaders(results, wellPayloads))
  retry(failed, failedPayloads, delays, failures)
  postpone(worker, later, laterPayloads, laterDelays)
  bury(dead, headers, deadPayloads)
  giveBack(worker, back, backPayloads)
  forget(forgotten)
  write(worker.running, keep, keepPayloads)
  worker.loose, worker.looseOf = loose, looseOf
  worker.moved = worker.moved + #keep - #loose
  return done
end

-- Takes out of the hash what settle has settled.
local function cutLoose(worker)
  local loose = worker.loose or {}
  if #loose == 0 then return end
  local stored = {}
  for i, id in ipairs(loose) do stored[2 * i - 1], stored[2 * i] = id, worker.looseOf[id] end
  putBack(function() inCalls('HSET', worker.running, stored) end)
  inCalls('HDEL', worker.running, loose)
end

-- Gives back what stands in the held list from the given position on; those items were never started.
local function giveBackFrom(worker, position)
  local from = position - worker.head
  if from < 0 then from = 0 end
  if from >= worker.count then return 0 end
  local payloads = call('LRANGE', worker.held, from, -1)
  local ids = idsAt(worker, from, #payloads)
  giveBack(worker, ids, payloads)
  if worker.progress then clear(PROGRESS, ids) end
  if from == 0 then call('DEL', worker.held) else call('LTRIM', worker.held, 0, from - 1) end
  putBack(function() inCalls('RPUSH', worker.held, payloads) end)
  cutBack(worker, #payloads)
  refund(worker, #payloads)
  worker.gave = 0
  return #payloads
end
`;
