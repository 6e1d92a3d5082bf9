-- How long, in ms, no reader has been reading.
-- KEYS: run.
local read = redis.call('HGET', KEYS[1], 'read')
if not read then return 0 end
local time = redis.call('TIME')
return math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - read)
