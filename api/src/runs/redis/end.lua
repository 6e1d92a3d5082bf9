-- Ends the log; only its writer does.
-- KEYS: run, log, lease. ARGV: epoch, lifetime after the end in ms.
local run = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'key_until')
if run[1] ~= ARGV[1] or run[2] ~= 'live' then return end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lifetime = math.max(tonumber(ARGV[2]), run[3] - now)
redis.call('HSET', KEYS[1], 'state', 'ended', 'ended', now)
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
redis.call('DEL', KEYS[3])
redis.call('PUBLISH', KEYS[1], '')
