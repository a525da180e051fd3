/**
 * The finalizer: what runs once all else is done, as an item of its own that nobody filled in.
 *
 * A worker that can run it says so when it enters. `final` in the queue's meta is then the wish, `success` or `always`, and,
 * once the finalizer was made, its id. It is made where the queue would be drained, in the call that hands it out, to a worker
 * that can run it. From then on it has what every item has: a lease, attempts, a backoff. It always runs alone, and between
 * two attempts it waits among the retries; but no claim takes it from there. Only the verdict hands it out, once all else has
 * ended.
 *
 * Where items end well after it was made, because more were pushed or a dead letter was sent back, another one is made in the
 * end: `finalafter` is how many were done before it.
 */
export const FINALIZER = String.raw`
local finalizer = {}

-- When it is due for another attempt, on the queue's clock; nothing where it does not wait for one.
function finalizer.due()
  return meta.finalizer and tonumber(call('ZSCORE', RETRIES, whole(meta.finalizer)) or nil)
end

function finalizer.isDead()
  return meta.finalizer and call('HEXISTS', DEAD, whole(meta.finalizer)) == 1
end

-- Whether it may be what others hold.
function finalizer.isUnderWay()
  return meta.finalizer and meta.done == meta.finalafter and not finalizer.due() and not finalizer.isDead()
end

-- All items have ended, well or dead: whether it has to run before the queue is drained. It has not yet, or it waits for
-- another attempt, since when it is due; or items were done after it.
function finalizer.isOwed(due, dead)
  if not meta.final or meta.finally ~= 'always' and dead > 0 then return false end
  return not meta.finalizer or due ~= nil or meta.done > meta.finalafter + 1 and not finalizer.isDead()
end

-- How many of the items that were claimed are finalizers, how many of those that are done, of those that are dead; '' where
-- none was made.
function finalizer.counts()
  if meta.finals == 0 then return '' end
  local dead = finalizer.isDead() and 1 or 0
  return meta.finals .. ':' .. meta.finals - (meta.done == meta.finalafter and 1 or dead) .. ':' .. dead
end

-- Hands it out to a worker that holds nothing. It comes out of nothing, so the counters are first: where a way back fails as
-- well, it is missed, and taken for no item of the list.
function finalizer.give(worker)
  local due = finalizer.due()
  if not due then
    meta.claimed, meta.added, meta.finals = meta.claimed + 1, meta.added + 1, meta.finals + 1
    meta.finalizer, meta.finalafter = meta.claimed, meta.done
    meta.final = whole(meta.finalizer)
    if meta.total then meta.total = whole(meta.total + 1) saveMeta('total') end
  end
  meta.token = math.max(meta.token, micros + meta.ahead) + 1
  meta.lastclaim = meta.clock
  saveMeta('claimed', 'added', 'final', 'finalafter', 'finals', 'token', 'lastclaim')
  append(worker, meta.finalizer, 1)
  worker.alone, worker.gave, worker.token = '1', 1, meta.token - 1
  saveWorker(worker)
  moveLease(worker)
  uncopy(function() call('DEL', worker.held) end)
  call('RPUSH', worker.held, '')
  local id = whole(meta.finalizer)
  local charges = due and chargesOf({id}) or ''
  resume(worker, {id}, 1, math.huge)
  if due then clearSources(RETRIES, {id}, {whole(due)}, {''}, 0) end
  return id .. ':1', charges
end
`;
