/**
 * What became of items that did not simply end well, as JSON:
 *
 *   {"keep":[[id,position]…],          still running: out of the held list, into the hash
 *    "done":[id…],                     done, from the hash
 *    "results":[[id,position,json]…],  done, with a result to keep
 *    "retry":[[id,position,delay]…],   failed, due again in delay ms
 *    "dead":[[id,position,header]…],   dead letter
 *    "back":[[id,position]…],          given back, without a charge
 *    "forget":[id…]}                   done after earlier failures
 *
 * A position is the item's place in the held list, or -1 where it is in the hash already. What leaves the front of the
 * held list and is not named is done.
 */
export const OUTCOMES = String.raw`
local function holds(worker, window, id, position)
  local payload
  if position >= 0 then
    payload = window[position - worker.head + 1]
  else
    payload = call('HGET', worker.running, id)
  end
  if not payload then error({err = 'STALE item ' .. id .. ' is not in the hands of ' .. worker.incarnation}) end
  return payload
end

-- Applies the outcomes; the first advance items of the held list are about to leave it. Returns how many are done.
local function settle(worker, advance, json)
  if json == '' then return advance end
  local outcomes = cjson.decode(json)
  local window = advance > 0 and call('LRANGE', worker.held, 0, advance - 1) or {}
  local done, loose, loosePayloads = advance, {}, {}
  local function take(entry, isDone)
    local id, position = entry[1], entry[2]
    local payload = holds(worker, window, id, position)
    if position >= 0 then
      if not isDone then done = done - 1 end
    else
      loose[#loose + 1] = id
      loosePayloads[#loosePayloads + 1] = id
      loosePayloads[#loosePayloads + 1] = payload
      if isDone then done = done + 1 end
    end
    return id, payload
  end

  local keep = {}
  for _, entry in ipairs(outcomes.keep or {}) do
    local id, payload = take(entry, false)
    keep[#keep + 1] = id
    keep[#keep + 1] = payload
  end
  for _, entry in ipairs(outcomes.results or {}) do
    local id, payload = take(entry, true)
    undo(function() call('HDEL', key('results'), id) end)
    call('HSET', key('results'), id, entry[3] .. '\n' .. payload)
  end
  for _, id in ipairs(outcomes.done or {}) do take({id, -1}, true) end
  local ids, payloads, delays = {}, {}, {}
  for i, entry in ipairs(outcomes.retry or {}) do
    ids[i], payloads[i] = take(entry, false)
    delays[i] = entry[3]
  end
  retry(ids, payloads, delays)
  for _, entry in ipairs(outcomes.dead or {}) do
    local id, payload = take(entry, false)
    bury(id, entry[3], payload)
    forget({id})
  end
  ids, payloads = {}, {}
  for i, entry in ipairs(outcomes.back or {}) do ids[i], payloads[i] = take(entry, false) end
  giveBack(worker, ids, payloads)
  forget(outcomes.forget or {})

  if #keep > 0 then
    undo(function() for i = 1, #keep, 2 do call('HDEL', worker.running, keep[i]) end end)
    inCalls('HSET', worker.running, keep)
  end
  if #loose > 0 then
    undo(function() inCalls('HSET', worker.running, loosePayloads) end)
    inCalls('HDEL', worker.running, loose)
  end
  return done
end

-- Gives back what stands in the held list from the given position on; those items were never started.
local function giveBackFrom(worker, position)
  local from = position - worker.head
  if from < 0 then from = 0 end
  if from >= worker.count then return 0 end
  local payloads = call('LRANGE', worker.held, from, -1)
  giveBack(worker, idsAt(worker, from, #payloads), payloads)
  if from == 0 then call('DEL', worker.held) else call('LTRIM', worker.held, 0, from - 1) end
  undo(function() inCalls('RPUSH', worker.held, payloads) end)
  cutBack(worker, #payloads)
  worker.gave = 0
  return #payloads
end
`;
