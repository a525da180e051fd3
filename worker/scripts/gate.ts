import type { KeyName } from './keys';

/**
 * Tells an init container whether workers may start.
 *
 * It shares no code with other scripts, because the gate runs it with redis-cli.
 *
 *   KEYS  1 list, 2 meta, 3 runs, 4 fills, 5 absent
 *   ARGV  1 run: the Job's uid
 *         2 batch id that the fill Job pushes, or '' for a queue that is filled by hand
 *   reply 'open …', 'wait …' or 'lost …', with the reason in words
 *
 * The first gate of a run that sees an item opens it for the whole run, because later pods may find the list empty.
 */
export const GATE_KEYS: readonly KeyName[] = ['list', 'meta', 'runs', 'fills', 'absent'];

export const GATE = String.raw`
local list, meta, runs, fills = unpack(KEYS)
local run, batch = ARGV[1], ARGV[2]
local m = redis.call('HMGET', meta, 'version', 'batch', 'sealed', 'total')
if batch ~= '' then
  if m[2] and m[2] ~= batch then
    return 'lost the queue ' .. list .. ' holds another batch, ' .. m[2] .. ' (this Job belongs to ' .. batch ..
      '). Give the new batch a queue name of its own, or purge the queue first'
  end
  if m[2] and m[3] then return 'open the queue ' .. list .. ' is sealed, items: ' .. (m[4] or '?') end
  local filled = redis.call('HGET', fills, batch)
  return 'wait for the fill Job: items of batch ' .. batch .. ' in the queue ' .. list .. ': ' .. (filled or 0) .. ', it is not sealed yet'
end
if redis.call('SISMEMBER', runs, run) == 1 then return 'open this run has seen items' end
if m[3] then return 'open the queue ' .. list .. ' is sealed' end
if redis.call('LLEN', list) > 0 then
  if run ~= '' then
    -- At maxmemory Redis refuses the first write of a script if it may grow memory; this one cannot.
    redis.call('LTRIM', list, 0, -1)
    redis.call('SADD', runs, run)
  end
  return 'open the queue ' .. list .. ' has items'
end
return 'wait for the first item: rpush ' .. list .. ' ITEM'
`;
