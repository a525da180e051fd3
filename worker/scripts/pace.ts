/**
 * Whether anything may be handed out now: a handler may have asked to slow down, and the worker may have a rate.
 *
 * A rate is a bucket of tokens, one for each item that is handed out. It fills as the queue's clock goes on, up to a tenth of
 * the items of the rate, and one at least. `tokens` is what was in it at the time `refilled`. What goes back and was never
 * started puts its token back.
 */
export const PACE = String.raw`
-- Nobody is handed anything for so many ms from now on.
local function slowDown(ms)
  meta.slow = math.max(meta.slow, meta.clock + math.ceil(ms))
  saveMeta('slow')
end

-- A token is there in the ms in which the reckoning comes close to it.
local NEARLY = 0.00001

-- The bucket of a worker as it is now; nothing where it has no rate.
local function bucketOf(worker)
  local items, per = string.match(worker.rate or '', '^(%d+)/(%d+)$')
  if not items then return nil end
  local each = tonumber(per) / tonumber(items)
  local room = math.max(1, floor(items / 10))
  local tokens = tonumber(meta.tokens or '')
  tokens = tokens and math.min(room, tokens + (meta.clock - meta.refilled) / each) or room
  return {tokens = tokens, whole = floor(tokens + NEARLY), room = room, each = each}
end

-- In memory; whoever calls it saves 'tokens' and 'refilled'.
local function putTokens(bucket, tokens)
  meta.tokens = string.format('%.6f', math.max(0, math.min(bucket.room, tokens)))
  meta.refilled = meta.clock
end

-- The tokens of what was handed out and never started.
local function refund(worker, n)
  local bucket = n > 0 and bucketOf(worker)
  if not bucket then return end
  putTokens(bucket, bucket.tokens + n)
  saveMeta('tokens', 'refilled')
end

-- Why nothing is handed out, whatever waits, and for how many ms; nothing where it is. Where tokens are many, it is worth the
-- asking only after 50 ms.
local function heldBack(worker)
  local slow = meta.slow - meta.clock
  if slow > 0 then return 'slowed', slow end
  local bucket = bucketOf(worker)
  if not bucket or bucket.whole > 0 then return nil end
  local worth = math.max(1, math.min(floor(bucket.room / 2), floor(50 / bucket.each)))
  return 'rate', math.ceil((worth - bucket.tokens - NEARLY) * bucket.each)
end
`;
