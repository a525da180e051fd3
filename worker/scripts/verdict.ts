/**
 * Whether the queue is drained, as seen by a worker that holds nothing and was given nothing.
 *
 * `drained`: the list and the retries are empty, no worker holds anything, done + dropped + dead = claimed, and the queue
 * is sealed with no more than that or, if it is not sealed, this run has seen an item and none was claimed for `settle` ms.
 * `lost`: items that should be there are missing. Everything else is `wait`, with the reason.
 */
export const VERDICT = String.raw`
local function verdict(worker)
  if meta.paused then return 'wait', 'paused' end
  if (worker.batch or '') ~= '' then
    if meta.batch and meta.batch ~= worker.batch then
      return 'lost', 'the queue holds another batch, ' .. meta.batch .. ' (this worker belongs to ' .. worker.batch .. ')'
    end
    if not meta.batch or not meta.sealed then return 'wait', 'filling' end
  end
  if call('LLEN', LIST) > 0 then return 'wait', 'others' end
  local due = call('ZRANGE', RETRIES, 0, 0, 'WITHSCORES')
  if due[2] then return 'wait', 'retries', math.max(0, tonumber(due[2]) - meta.clock) end
  if call('ZCARD', SUSPECTS) > 0 then return 'wait', 'others' end
  for _, incarnation in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    if call('EXISTS', key('held:' .. incarnation), key('running:' .. incarnation)) > 0 then return 'wait', 'others' end
  end
  local waiting, dead = call('HLEN', WAITING), call('HLEN', DEAD)
  if waiting > 0 then return 'lost', 'nothing says when what waits for a retry is due, items: ' .. waiting end
  if meta.done + meta.dropped + dead ~= meta.claimed then
    return 'lost', 'items claimed: ' .. whole(meta.claimed) .. ', of which ' .. whole(meta.done) .. ' done, ' .. dead ..
      ' dead, ' .. whole(meta.dropped) .. ' dropped, and the others are nowhere'
  end
  if meta.sealed then
    if not meta.total then
      meta.total = whole(meta.claimed)
      saveMeta('total')
    end
    if meta.claimed < tonumber(meta.total) then
      return 'lost', 'the queue was sealed with the total ' .. meta.total .. ', and only ' .. whole(meta.claimed) .. ' ever came out of it'
    end
    return 'drained'
  end
  if call('SISMEMBER', RUNS, worker.run) == 0 then return 'wait', 'unfilled' end
  local quiet = meta.clock - meta.lastclaim
  if quiet < worker.settle then return 'wait', 'settling', worker.settle - quiet end
  return 'drained'
end
`;
