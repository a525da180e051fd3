import { type KeyName, NAMED_KEYS, QUEUE_KEYS } from './keys';

/**
 * Says how long the keys of a queue stay once every item is done; until then, and where it is no longer so, they stay for
 * ever. Workers of a queue that is used once, as each run of a CronJob has one, run it when they come and when they leave.
 *
 *   KEYS  1 list, 2 meta, 3 leases, 4 idle, 5 retries, 6 suspects, 7 waiting, 8 attempts, 9 dead, 10 results, 11 runs,
 *         12 wake, 13 former, 14 seen, 15 checkpoints, 16 progress, 17 durations, 18 absent, 19 fills
 *   ARGV  1 epoch
 *         2 ms from now on
 *   reply 1; 0 where they stay for ever: something is left, there are dead letters, or it was cancelled; or where nothing
 *         changes: another epoch
 *
 * A worker that comes after the end may die before it leaves, so its coming says the same as its leaving. What workers left
 * behind that died while they held nothing goes as well, that of 100 in one call. If a step fails, nothing has a time to live.
 */
export const KEEP_KEYS: readonly KeyName[] = QUEUE_KEYS;

export const KEEP =
  NAMED_KEYS +
  String.raw`
local call, ms = redis.call, ARGV[2]
local m = call('HMGET', META, 'epoch', 'sealed', 'cancelled', 'claimed', 'done', 'dropped', 'final', 'finalafter')
if m[1] ~= ARGV[1] then return 0 end
local function forEver()
  for _, key in ipairs(KEYS) do pcall(call, 'PERSIST', key) end
end
-- What runs at the end was not wanted, or has come to its end since the last item was done.
local function isFinal()
  return not m[7] or tonumber(m[7]) and tonumber(m[5] or 0) == tonumber(m[8] or 0) + 1
end
local isDone = m[2] and not m[3] and tonumber(m[4] or 0) == tonumber(m[5] or 0) + tonumber(m[6] or 0) and isFinal()
local left = call('LLEN', LIST) + call('HLEN', WAITING) + call('HLEN', DEAD) + call('ZCARD', LEASES)
if not isDone or left > 0 then
  forEver()
  return 0
end
local ok, failure = pcall(function()
  for _, incarnation in ipairs(call('ZRANGE', IDLE, 0, 99)) do
    for _, name in ipairs({'worker', 'held', 'running'}) do
      call('PEXPIRE', '{' .. LIST .. '}:' .. name .. ':' .. incarnation, ms)
    end
  end
  for _, key in ipairs(KEYS) do call('PEXPIRE', key, ms) end
end)
if ok then return 1 end
forEver()
return {err = type(failure) == 'table' and failure.err or tostring(failure)}
`;
