/**
 * The outcomes of items that are not simply done, and what others leave while they run, as JSON, followed by a line feed,
 * the results, and the checkpoints:
 *
 *   {"keep":[[id,position]…],          still running: moves from the held list to the hash
 *    "done":[id…],                     done, from the hash
 *    "results":[[id,position,bytes]…], done, with a result to keep, and its length
 *    "retry":[[id,position,delay]…],   failed, due again in delay ms
 *    "later":[[id,position,delay]…],   put off by its handler, uncharged, due again in delay ms
 *    "dead":[[id,position,header]…],   dead letter
 *    "back":[[id,position]…],          given back, uncharged
 *    "forget":[id…],                   done after earlier failures
 *    "checkpoint":[[id,bytes]…]}       in hand before this exchange: what it leaves for the next attempt, and its length;
 *                                      without a length it is done, and what it left goes
 *
 * A position is the item's place in the held list, or -1 if it is in the hash already. Items that leave the front of the
 * held list and are not named here are done.
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

-- What items leave for their next attempts: writes it, and removes that of those without any.
local function leaveCheckpoints(ids, values)
  local left, texts, done = {}, {}, {}
  for i, id in ipairs(ids) do
    if values[i] then left[#left + 1] = id texts[#left] = values[i] else done[#done + 1] = id end
  end
  clear(CHECKPOINTS, done)
  if #left == 0 then return end
  put(CHECKPOINTS, left, texts, valuesOf(CHECKPOINTS, left))
  if meta.checkpoints then return end
  meta.checkpoints = '1'
  saveMeta('checkpoints')
end

-- Applies the outcomes. Returns how many are done. What leaves stays where it is until all else is written: the first
-- advance items of the held list, and those of the hash (cutLoose). Looks first whether all that is named is there; until
-- then nothing is written.
local function settle(worker, advance, text)
  if text == '' then return advance end
  local at = string.find(text, '\n', 1, true) or #text
  local outcomes = cjson.decode(string.sub(text, 1, at))
  -- What follows the line feed, piece by piece.
  local function nextBytes(bytes)
    at = at + bytes
    return string.sub(text, at - bytes + 1, at)
  end
  local window = advance > 0 and call('LRANGE', worker.held, 0, advance - 1) or {}
  local loose = {}
  for i, id in ipairs(outcomes.done or {}) do loose[i] = id end
  for _, kind in ipairs({'results', 'retry', 'later', 'dead', 'back'}) do
    for _, entry in ipairs(outcomes[kind] or {}) do
      if entry[2] < 0 then loose[#loose + 1] = entry[1] end
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
    local ids, payloads, details = {}, {}, {}
    for i, entry in ipairs(outcomes[kind] or {}) do
      ids[i], payloads[i], details[i] = entry[1], payloadOf(entry[1], entry[2]), entry[3]
      if entry[2] >= 0 then done = done - 1 end
    end
    return ids, payloads, details
  end

  for _, id in ipairs(outcomes.done or {}) do payloadOf(id, -1) done = done + 1 end
  local keep, keepPayloads = take('keep')
  local well, wellPayloads, lengths = take('results')
  local results = {}
  for i, bytes in ipairs(lengths) do results[i] = nextBytes(bytes) end
  local leaving, checkpoints = {}, {}
  for i, entry in ipairs(outcomes.checkpoint or {}) do
    leaving[i], checkpoints[i] = entry[1], entry[2] and nextBytes(entry[2]) or false
  end
  mustHold(worker, leaving)
  if at ~= #text then error({err = 'ERR what follows the outcomes does not have the lengths that are named'}) end
  local failed, failedPayloads, delays = take('retry')
  local later, laterPayloads, laterDelays = take('later')
  local dead, deadPayloads, headers = take('dead')
  local back, backPayloads = take('back')
  done = done + #well

  leaveCheckpoints(leaving, checkpoints)
  write(RESULTS, well, underHeaders(results, wellPayloads))
  retry(failed, failedPayloads, delays)
  postpone(worker, later, laterPayloads, laterDelays)
  bury(dead, headers, deadPayloads)
  giveBack(worker, back, backPayloads)
  forget(outcomes.forget or {})
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
  giveBack(worker, idsAt(worker, from, #payloads), payloads)
  if from == 0 then call('DEL', worker.held) else call('LTRIM', worker.held, 0, from - 1) end
  putBack(function() inCalls('RPUSH', worker.held, payloads) end)
  cutBack(worker, #payloads)
  worker.gave = 0
  return #payloads
end
`;
