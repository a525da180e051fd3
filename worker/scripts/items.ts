import type { KeyName } from './keys';

/**
 * Some of the items of a queue that are left, a part in each call. It writes nothing.
 *
 *   KEYS  1 list, 2 meta, 3 retries, 4 suspects, 5 waiting, 6 attempts, 7 absent, 8 worker, 9 held, 10 running
 *   ARGV  1 incarnation whose items are looked at, or ''
 *         2 'held', 'running', 'retrying' or 'waiting'
 *         3 where to begin: '' or the last reply's
 *         4 the most items to look at
 *         5 how many of them to read at once
 *         6 bytes after which it stops
 *         7 text that a payload must hold, or ''
 *   reply where to go on, or '' if this was the last part; bytes of the largest payload; name of the worker; for each item id
 *         or '', payload, attempts, ms until it is due
 *
 * Where to go on in a list is a position that does not move when items leave its front: in `held` that of the exchanges, in
 * the list of the queue the number of items that were claimed before. In a hash it is a cursor.
 */
export const ITEMS_KEYS: readonly KeyName[] = [
  'list',
  'meta',
  'retries',
  'suspects',
  'waiting',
  'attempts',
  'absent',
  'worker',
  'held',
  'running',
];

export const ITEMS = String.raw`
local list, meta, retries, suspects, waiting, attempts, absent, worker, held, running = unpack(KEYS)
local where, start, most, step, budget, text = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local call = redis.call
local of = call('HMGET', meta, 'epoch', 'claimed', 'clock', 'final')
local epoch, claimed, clock, finalizer = of[1] or '', tonumber(of[2] or 0), tonumber(of[3] or 0), tonumber(of[4] or '')
local found, largest, bytes = {}, 0, 0

local function look(id, payload)
  bytes = bytes + #payload
  if #payload > largest then largest = #payload end
  if id and id == finalizer then return end
  if text ~= '' and not string.find(payload, text, 1, true) then return end
  found[#found + 1] = {id or '', payload, 0, 0}
end

-- The items of a list, the first of which has a position of its own. Returns the position of the next one.
local function inOrder(key, base, from, idOf)
  local looked, offset = 0, math.max(0, from - base)
  while looked < most and bytes < budget do
    local n = math.min(step, most - looked)
    local part = call('LRANGE', key, offset, offset + n - 1)
    for i, payload in ipairs(part) do look(idOf and idOf(offset + i - 1), payload) end
    looked, offset = looked + #part, offset + #part
    if #part < n then return '' end
  end
  return string.format('%.0f', base + offset)
end

local function inHash(key)
  local part = call('HSCAN', key, start == '' and '0' or start, 'COUNT', step)
  for i = 1, #part[2], 2 do look(tonumber(part[2][i]), part[2][i + 1]) end
  return part[1] == '0' and '' or part[1]
end

local record, on = ARGV[1] ~= '' and call('HMGET', worker, 'name', 'head', 'segments') or {}, nil
if where == 'held' then
  local segments, head = {}, tonumber(record[2] or 0)
  for first, n in string.gmatch(record[3] or '', '(%d+):(%d+)') do segments[#segments + 1] = {tonumber(first), tonumber(n)} end
  on = inOrder(held, head, tonumber(start) or 0, function(offset)
    for _, segment in ipairs(segments) do
      if offset < segment[2] then return segment[1] + offset end
      offset = offset - segment[2]
    end
  end)
elseif where == 'running' then
  on = inHash(running)
elseif where == 'retrying' then
  on = inHash(waiting)
else
  local of, from = string.match(start, '^(.*) (%d+)$')
  -- Another batch has begun meanwhile: its items are others.
  if of and of ~= epoch then return {'', 0, '', {}} end
  on = inOrder(list, claimed, tonumber(from) or 0)
  if on ~= '' then on = epoch .. ' ' .. on end
end

for _, item in ipairs(found) do
  if item[1] ~= '' then
    local tried = call('HGET', attempts, item[1])
    item[3] = tonumber(string.match(tried or '', '^%d+') or 0)
    if where == 'retrying' then
      local due = call('ZSCORE', retries, item[1]) or call('ZSCORE', suspects, item[1])
      item[4] = math.max(0, (tonumber(due or '') or 0) - clock)
    end
    item[1] = string.format('%.0f', item[1])
  end
end
return {on, largest, record[1] or '', found}
`;
