-- The events after a number, as many as fit, or why there are none.
-- KEYS: run, log, lease.
-- ARGV: number, most bytes, how long in ms the reader will wait when there are none.
local run = redis.call('HMGET', KEYS[1], 'state', 'last', 'read')
if not run[1] then return {'ended', 0, ''} end
local live, number = run[1] == 'live', tonumber(ARGV[1])
local quiet = number >= tonumber(run[2])

if live then
  -- A reader that waits here is inside until it comes again.
  local time = redis.call('TIME')
  local seen = time[1] * 1000 + math.floor(time[2] / 1000) + (quiet and ARGV[3] or 0)
  if seen > tonumber(run[3]) then redis.call('HSET', KEYS[1], 'read', seen) end
end
if quiet then
  if not live then
    redis.call('HDEL', KEYS[1], 'reading')
    return {'ended', 0, ''}
  end
  return {redis.call('EXISTS', KEYS[3]) == 1 and 'quiet' or 'orphan', 0, ''}
end

local most, size, events, full = tonumber(ARGV[2]), 0, {}, false
repeat
  local batch = redis.call('XRANGE', KEYS[2], '(' .. number .. '-0', '+', 'COUNT', 64)
  for _, entry in ipairs(batch) do
    local event = entry[2][2]
    -- Nothing is read across a gap.
    full = entry[1] ~= (number + 1) .. '-0' or (size > 0 and size + #event > most)
    if full then break end
    number, size = number + 1, size + #event
    events[#events + 1] = event
  end
until full or #batch < 64
if #events == 0 then return {'ended', 0, ''} end
-- A log that is being read is not dropped.
local clock = redis.call('TIME')
redis.call('HSET', KEYS[1], 'reading', clock[1] * 1000 + math.floor(clock[2] / 1000))
return {'events', number, table.concat(events)}
