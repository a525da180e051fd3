/**
 * Whether the queue is drained, as seen by a worker that holds nothing and was given nothing. Its cost does not grow with
 * the number of workers: the counters decide.
 *
 * `drained`: the list, the retries and the suspects are empty, no worker holds anything, done + dropped + dead = claimed,
 * and the queue is sealed with no more than that or, if it is not sealed, this run has seen an item and none was claimed
 * for `settle` ms. `finalizer`: all of that, but the finalizer (finalizer.ts) comes before the end, and this worker is to
 * run it. `former`: a newer batch has replaced that of the worker, all of which is done. `lost`: items that should be there
 * are missing, or the queue holds another batch that cannot be replaced. `spare`: others hold the last items of a sealed
 * queue, and none was claimed for the time after which this worker may leave. Everything else is `wait`, with the reason.
 *
 * A worker that is endless waits in place of all that would end it: `empty`, and `missing` where items should be there.
 *
 * Where the counters do not add up, one worker at a time looks through those that should hold nothing, before it says so.
 */
export const VERDICT = String.raw`
-- Looks for what the counters miss, at most at some 500 workers in one call. Nothing more to look at: false, also for those
-- that ask later, as long as nothing else is counted.
local function audit(worker, dead)
  local over = 'over ' .. table.concat({whole(meta.claimed), whole(meta.done), whole(meta.dropped), dead}, ' ')
  if meta.audit == over then return false end
  local auditor, cursor, at = string.match(meta.audit, '^(%S+) (%d+) (%d+)$')
  local another = auditor and auditor ~= worker.incarnation
  if another and meta.clock - tonumber(at) < 2 * meta.gap then return 'wait', 'others' end
  local scan = call('ZSCAN', IDLE, another and '0' or cursor or '0', 'COUNT', 500)
  for i = 1, #scan[2], 2 do
    local incarnation = scan[2][i]
    if incarnation ~= worker.incarnation and call('EXISTS', key('held', incarnation), key('running', incarnation)) > 0 then
      putInto(LEASES, incarnation, meta.clock, IDLE)
      return 'wait', 'others', 0
    end
  end
  meta.audit = scan[1] == '0' and over or worker.incarnation .. ' ' .. scan[1] .. ' ' .. whole(meta.clock)
  saveMeta('audit')
  if meta.audit == over then return false end
  return 'wait', 'others', 0
end

-- What a batch came to that a newer one has replaced.
local function formerly(items)
  return {'drained', whole(meta.clock), items, items, 0, 0}
end

-- Items that should be there are not.
local function lost(worker, why)
  if worker.endless then return 'wait', 'missing' end
  return 'lost', why
end

-- What others hold may come back; so some workers never leave before the end.
local function whileOthersHold(spare)
  local why = finalizer.isUnderWay() and 'finalizer' or 'others'
  local isAllClaimed = meta.sealed and meta.claimed >= tonumber(meta.total or 0)
  if not spare or not isAllClaimed or call('HLEN', WAITING) > 0 then return 'wait', why end
  local left = spare - (meta.clock - meta.lastclaim)
  if left > 0 then return 'wait', why, left end
  return 'spare'
end

-- ms until the first of a zset is due, leaving out the finalizer where it is in there; nothing where there is none.
local function nextDue(zset, final)
  local first = call('ZRANGE', zset, 0, final and 1 or 0, 'WITHSCORES')
  local score = first[2]
  if final and tonumber(first[1]) == meta.finalizer then score = first[4] end
  return score and math.max(0, tonumber(score) - meta.clock)
end

-- All items have ended: the finalizer is next, or this is the end.
local function theEnd(worker, due, dead, wants)
  if worker.endless then return 'wait', 'empty' end
  if not finalizer.isOwed(due, dead) then return 'drained' end
  local left = math.max(due or FRONT, meta.slow) - meta.clock
  if left > 0 then return 'wait', 'finalizer', left end
  if worker.finally and wants then return 'finalizer' end
  return 'wait', 'finalizer'
end

-- Whether the worker wants an item. After so many ms without a claim, it leaves the last ones to those that hold them; nil:
-- never.
local function verdict(worker, wants, spare)
  local batch = worker.batch or ''
  local items = batch ~= '' and meta.batch ~= batch and formerItems(batch)
  if items then return 'former', items end
  if worker.more.over then return 'wait', worker.more.over end
  if meta.paused then return 'wait', 'paused' end
  if batch ~= '' then
    local why = meta.batch and meta.batch ~= batch and inTheWay()
    if why then
      return 'lost', 'the queue holds another batch, ' .. meta.batch .. ' (this worker belongs to ' .. batch .. '), ' .. why
    end
    if meta.batch ~= batch or not meta.sealed then return 'wait', 'filling' end
  end
  local held, back = heldBack(worker)
  if call('LLEN', LIST) > 0 then return 'wait', held or 'others', back end
  local final = finalizer.due()
  local retry, suspect = nextDue(RETRIES, final), nextDue(SUSPECTS)
  -- Who may run a suspect that is due waits for others; one that was put off is due later, like a retry.
  if retry or suspect and suspect > 0 then
    local due = math.min(retry or math.huge, suspect and suspect > 0 and suspect or math.huge)
    if held and back >= due then return 'wait', held, back end
    return 'wait', 'retries', due
  end
  if suspect then return 'wait', held or 'others', back end
  if call('ZCARD', LEASES) > 0 then return whileOthersHold(spare) end
  local finals = final and 1 or 0
  local waiting, dead = call('HLEN', WAITING) - finals, call('HLEN', DEAD)
  if waiting > 0 then return lost(worker, 'nothing says when what waits for a retry is due, items: ' .. waiting) end
  if meta.done + meta.dropped + dead + finals ~= meta.claimed then
    local status, why, again = audit(worker, dead)
    if status then return status, why, again end
    return lost(worker, 'items claimed: ' .. whole(meta.claimed) .. ', of which ' .. whole(meta.done) .. ' done, ' .. dead ..
      ' dead, ' .. whole(meta.dropped) .. ' dropped, and the others are nowhere')
  end
  if meta.sealed then
    if not meta.total then
      meta.total = whole(meta.claimed)
      saveMeta('total')
    end
    if meta.claimed < tonumber(meta.total) then
      return lost(worker, 'the queue was sealed with the total ' .. meta.total .. ', and only ' .. whole(meta.claimed) .. ' ever came out of it')
    end
    return theEnd(worker, final, dead, wants)
  end
  if worker.endless then return theEnd(worker) end
  if call('SISMEMBER', RUNS, worker.run) == 0 then return 'wait', 'unfilled' end
  local quiet = meta.clock - meta.lastclaim
  if quiet < worker.settle then return 'wait', 'settling', worker.settle - quiet end
  return theEnd(worker, final, dead, wants)
end
`;
