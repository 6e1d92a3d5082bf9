-- Takes over a lapsed lease. The new epoch shuts out the previous writer.
-- KEYS: run, lease. ARGV: lease in ms, the time after which it is too late.
-- Returns the number of the last event, and the epoch.
local run = redis.call('HMGET', KEYS[1], 'state', 'last')
if run[1] ~= 'live' or redis.call('EXISTS', KEYS[2]) == 1 then return false end
-- Redis stood still meanwhile: the lease may have lapsed by that, and nobody waits for the answer.
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[2]) then return false end
redis.call('SET', KEYS[2], 1, 'PX', ARGV[1])
return {tonumber(run[2]), redis.call('HINCRBY', KEYS[1], 'epoch', 1)}
