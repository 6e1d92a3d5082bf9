-- Appends the last events and ends the log, in one step; only its writer does.
-- KEYS: run, log, lease.
-- ARGV: epoch, number of the first event, lifetime after the end in ms, events...
local run = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'last', 'key_until')
if not run[1] then return 'gone' end
if run[1] ~= ARGV[1] then return 'replaced' end
if run[2] ~= 'live' then return 'ok' end
local last, first = tonumber(run[3]), tonumber(ARGV[2])
-- Redis came back with less than it had: the log ends where it is.
local whole = first <= last + 1
if whole then
  for i = 4, #ARGV do
    local number = first + i - 4
    if number > last then
      redis.call('XADD', KEYS[2], number .. '-0', 'f', ARGV[i])
      last = number
    end
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lifetime = math.max(tonumber(ARGV[3]), run[4] - now)
redis.call('HSET', KEYS[1], 'last', last, 'state', 'ended', 'ended', now)
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
redis.call('DEL', KEYS[3])
redis.call('PUBLISH', KEYS[1], '')
return whole and 'ok' or 'gone'
