-- Appends events. Skips events that are already there: a lost response makes the writer repeat them.
-- KEYS: run, log, lease.
-- ARGV: epoch, number of the first event, lifetime while live in ms, lease in ms, events...
local run = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'last')
if not run[1] then return 'gone' end
if run[1] ~= ARGV[1] then return 'replaced' end
if run[2] ~= 'live' then return 'ok' end
local last, first, bytes = tonumber(run[3]), tonumber(ARGV[2]), 0
-- Redis came back with less than it had.
if first > last + 1 then return 'gone' end
for i = 5, #ARGV do
  local number = first + i - 5
  if number > last then
    redis.call('XADD', KEYS[2], number .. '-0', 'f', ARGV[i])
    last, bytes = number, bytes + #ARGV[i]
  end
end
redis.call('HSET', KEYS[1], 'last', last)
redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[3], 1, 'PX', ARGV[4])
redis.call('PUBLISH', KEYS[1], '')
return 'ok'
