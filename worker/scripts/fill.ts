import { PROTOCOL_VERSION } from '../contract';
import type { KeyName } from './keys';

/**
 * Pushes each payload to the list once, however often the call is repeated.
 *
 * It shares no code with other scripts, because the fill Job runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 fills, 4 leases, 5 idle, 6 wake, 7 absent
 *   ARGV  1 filler: who fills; the batch id where there is one
 *         2 batch id, or '' for a filler that adds to an open queue
 *         3 offset of the first payload among all that this filler pushes
 *         4 'raw': each further argument is a payload; 'json': one further argument, a JSON array of strings
 *   reply items that this filler has pushed in all
 *   error SEALED, BATCH, VERSION, or GAP (Redis came back with less than it had): nothing was pushed, the text says what
 *         to do
 *
 * The first call names the batch, even if it pushes nothing, so that an empty batch differs from none.
 *
 * It pushes before it counts. If it fails in between, it removes the pushed items again.
 */
export const FILL_KEYS: readonly KeyName[] = ['list', 'meta', 'fills', 'leases', 'idle', 'wake', 'absent'];

export const FILL = String.raw`
local list, meta, fills, leases, idle, wake = unpack(KEYS)
local filler, batch, offset = ARGV[1], ARGV[2], tonumber(ARGV[3])
local m = redis.call('HMGET', meta, 'version', 'batch', 'sealed')
local filled = tonumber(redis.call('HGET', fills, filler) or 0)
local length = redis.call('LLEN', list)

local payloads, first = {}, 5
if ARGV[4] == 'json' then payloads, first = cjson.decode(ARGV[5]), 1 else payloads = ARGV end
local n = #payloads - first + 1

if m[1] and m[1] ~= '${PROTOCOL_VERSION}' then
  return {err = 'VERSION the queue ' .. list .. ' speaks protocol version ' .. m[1] .. ', this filler speaks ${PROTOCOL_VERSION}'}
end
if batch ~= '' and m[2] and m[2] ~= batch then
  return {err = 'BATCH the queue ' .. list .. ' already holds another batch, ' .. m[2] .. ' (this one is ' .. batch ..
    '). Give the new batch a queue name of its own, or purge the queue first'}
end
if offset + n <= filled and (batch == '' or m[2]) then return filled end
if offset > filled then
  return {err = 'GAP items that this filler has pushed so far: ' .. filled .. ', so it cannot go on at ' .. offset ..
    '. Push those from ' .. filled .. ' on'}
end
if m[3] then
  return {err = 'SEALED the queue ' .. list .. ' is sealed: its total is fixed and workers may have ended. ' ..
    'Use another queue name, or purge the queue first'}
end

local pushed = 0
local ok, failure = pcall(function()
  local from = first + filled - offset
  while from <= #payloads do
    local to = math.min(from + 999, #payloads)
    redis.call('RPUSH', list, unpack(payloads, from, to))
    pushed = pushed + to - from + 1
    from = to + 1
  end
  if not m[1] then
    local t = redis.call('TIME')
    redis.call('HSET', meta, 'version', '${PROTOCOL_VERSION}', 'epoch', t[1] .. t[2] .. '-' .. filler, 'clock', 0,
      'wall', t[1] * 1000 + math.floor(t[2] / 1000), 'claimed', 0, 'done', 0)
  end
  if batch ~= '' then redis.call('HSET', meta, 'batch', batch) end
  redis.call('HSET', fills, filler, offset + n)
  -- Workers of a batch have to wait until it is sealed.
  local workers = batch == '' and redis.call('ZCARD', leases) + redis.call('ZCARD', idle) or 0
  local woken = math.min(pushed, 64, workers) - redis.call('LLEN', wake)
  for i = 1, woken do redis.call('RPUSH', wake, '1') end
end)
if not ok then
  if pushed > 0 then pcall(redis.call, 'LTRIM', list, 0, length - 1) end
  if length == 0 then pcall(redis.call, 'DEL', list) end
  if filled > 0 then pcall(redis.call, 'HSET', fills, filler, filled) else pcall(redis.call, 'HDEL', fills, filler) end
  if not m[1] then pcall(redis.call, 'HDEL', meta, 'version', 'epoch', 'clock', 'wall', 'claimed', 'done') end
  if not m[2] then pcall(redis.call, 'HDEL', meta, 'batch') end
  return {err = type(failure) == 'table' and failure.err or tostring(failure)}
end
return offset + n
`;
