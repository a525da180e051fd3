/** Whether anything may be handed out now: a handler may have asked to slow down. */
export const PACE = String.raw`
-- Nobody is handed anything for so many ms from now on.
local function slowDown(ms)
  meta.slow = math.max(meta.slow, meta.clock + math.ceil(ms))
  saveMeta('slow')
end

-- Why nothing is handed out, whatever waits, and for how many ms; nothing where it is.
local function heldBack()
  local slow = meta.slow - meta.clock
  if slow > 0 then return 'slowed', slow end
end
`;
