import { PROTOCOL_VERSION } from '../contract';
import { HOLDINGS } from './holdings';
import { STATE } from './state';

/**
 * Registers an incarnation, which gives it a lease.
 *
 *   KEYS  those of a worker (keys.ts)
 *   ARGV  1 incarnation (random, new for every process start)
 *         2 lease in ms, 3 run, 4 batch id or '', 5 settle in ms, 6 attempts in all, 7 name for people
 *         8 epoch that the process worked in before, or ''
 *         9 options, JSON, or '':
 *           {"spare":ms,        for which nothing may have been claimed before it is told to leave the last items to others;
 *                               without it, it stays until the queue is drained
 *            "rate":"items/ms"  it is handed no more than so many items in so many ms, together with all others (pace.ts)
 *            "finally":"success" | "always"
 *                               it can run the finalizer (finalizer.ts), and wants it to run before the queue is drained:
 *                               where no dead letters are kept, or in any case
 *            "failFast":true    it is to stop where there is a dead letter, whatever is left
 *            "endless":true     it belongs to no batch, and is never told that the queue is drained or that data is missing
 *            "earlier":[id…]}   incarnations that this process has given up: what a Redis that went back in time has put
 *                               into their hands again goes back, uncharged
 *   reply 'entered', epoch, clock, length of the list
 *         'lost', why                     the earlier epoch is gone, and no batch has ended it
 *         'version', the queue's version
 *
 * If it fails anywhere, it leaves at most a record without a lease, which the same call writes again.
 */
export const ENTER =
  STATE +
  HOLDINGS +
  String.raw`
local incarnation, lease = ARGV[1], tonumber(ARGV[2])
local options = ARGV[9] ~= '' and cjson.decode(ARGV[9]) or {}
local length = call('LLEN', LIST)
-- The batch of that epoch is done, and a newer one has replaced it.
local replaced = ARGV[8] ~= '' and call('HGET', FORMER, ARGV[8])
call('ZCARD', LEASES) call('ZCARD', RETRIES) call('ZCARD', SUSPECTS) call('HLEN', WAITING) call('HLEN', ATTEMPTS)
call('HLEN', DEAD) call('HLEN', RESULTS) call('SCARD', RUNS) call('LLEN', WAKE)
if not loadMeta() then
  if ARGV[8] ~= '' and not replaced then return {'lost', 'Redis came back without the queue'} end
  newMeta(incarnation, floor(lease / 2))
end
if meta.version ~= '${PROTOCOL_VERSION}' then return {'version', meta.version or 'none'} end
if ARGV[8] ~= '' and meta.epoch ~= ARGV[8] and not replaced then return {'lost', 'Redis came back with another queue of this name'} end
return atomically(function()
  tick()
  local half = floor(lease / 2)
  meta.gap = call('ZCARD', LEASES) + call('ZCARD', IDLE) == 0 and half or math.min(meta.gap, half)
  saveMeta('version', 'epoch', 'clock', 'wall', 'gap', 'claimed', 'done')
  -- An echo of this call must not reset a record that is in use.
  local worker = loadWorker(incarnation)
  if not worker then
    local record = key('worker', incarnation)
    undo(function() call('DEL', record) end)
    call('HSET', record, 'exchange', 0, 'head', 0, 'segments', '', 'gave', 0, 'token', 0, 'alone', '0', 'answer', 0,
      'before', 0, 'moved', 0, 'lease', lease, 'run', ARGV[3], 'batch', ARGV[4], 'settle', ARGV[5], 'maxAttempts', ARGV[6],
      'name', ARGV[7], 'spare', options.spare or '', 'finally', options.finally or '', 'rate', options.rate or '',
      'failFast', options.failFast and 1 or '', 'endless', options.endless and 1 or '', 'full', '')
    worker = {incarnation = incarnation, lease = lease, count = 0, moved = 0, zset = IDLE}
  end
  -- One that came early for the next batch has no wish for this one.
  if options.finally and (ARGV[4] == '' or not meta.batch or meta.batch == ARGV[4]) then
    meta.finally = options.finally
    if not meta.finalizer then meta.final = options.finally end
    saveMeta('final', 'finally')
  end
  setLease(worker, worker.zset)
  for _, id in ipairs(options.earlier or {}) do
    local earlier = id ~= incarnation and loadWorker(id)
    if earlier then
      local n = earlier.count + earlier.moved
      while not takeBack(earlier, giveBack) do end
      wake(n)
    end
  end
  return {'entered', meta.epoch, whole(meta.clock), length}
end)
`;
