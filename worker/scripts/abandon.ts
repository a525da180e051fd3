import { HOLDINGS } from './holdings';
import { STATE } from './state';

/**
 * The last call of a process that ends before its work is done: the items that brought it down are charged, the others
 * go back. It has no number: sent twice, it finds nothing the second time.
 *
 *   KEYS  those of a worker (keys.ts)
 *   ARGV  1 incarnation, 2 epoch
 *         3 what is charged, JSON: {"retry":[[id,delay,failure]…],"dead":[[id,header]…],"crash":[id…]}, or ''
 *         4 name of the last answer that the process acted on: if Redis knows neither it nor an exchange that
 *           followed it, the ids mean other items, and nothing is charged
 *   reply 1, or 0 if the incarnation no longer holds anything
 */
export const ABANDON =
  STATE +
  HOLDINGS +
  String.raw`
if not loadMeta() or meta.epoch ~= ARGV[2] then return 0 end
local worker = loadWorker(ARGV[1])
if not worker then return 0 end

local sameAnswer = ARGV[4] == worker.answer or ARGV[4] == worker.before
local charged = sameAnswer and ARGV[3] ~= '' and cjson.decode(ARGV[3]) or {}
local kind, detail, failure = {}, {}, {}
for _, entry in ipairs(charged.retry or {}) do
  local id = whole(entry[1])
  kind[id], detail[id], failure[id] = 'retry', entry[2], entry[3]
end
for _, entry in ipairs(charged.dead or {}) do kind[whole(entry[1])], detail[whole(entry[1])] = 'dead', entry[2] end
for _, id in ipairs(charged.crash or {}) do kind[whole(id)] = 'crash' end

local function move(_, ids, payloads)
  local sorted = {back = {{}, {}, {}}, retry = {{}, {}, {}, {}}, dead = {{}, {}, {}}, crash = {{}, {}, {}}}
  for i, id in ipairs(ids) do
    local place = sorted[kind[id] or 'back']
    local k = #place[1] + 1
    place[1][k], place[2][k], place[3][k] = id, payloads[i], detail[id]
    if place[4] then place[4][k] = failure[id] end
  end
  bury(sorted.dead[1], sorted.dead[3], sorted.dead[2])
  giveBack(worker, sorted.back[1], sorted.back[2])
  retry(sorted.retry[1], sorted.retry[2], sorted.retry[3], sorted.retry[4])
  chargeCrash(worker, sorted.crash[1], sorted.crash[2])
end

return atomically(function()
  tick()
  saveMeta('clock', 'wall')
  local n = worker.count + worker.moved
  while not takeBack(worker, move) do end
  wake(n)
  return 1
end)
`;
