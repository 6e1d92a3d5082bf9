-- How long, in ms, until fewer than `limit` events lie within the window; 0: not at all, and then
-- one is counted where that is asked for. The events are their times, oldest first.
-- KEYS: window. ARGV: limit, window in ms, '1' to count.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[2])
local first = redis.call('LINDEX', KEYS[1], 0)
while first and first + window <= now do
  redis.call('LPOP', KEYS[1])
  first = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[1]) then
  return first and first + window - now or window
end
if ARGV[3] == '1' then
  redis.call('RPUSH', KEYS[1], now)
  redis.call('PEXPIRE', KEYS[1], window)
end
return 0
