-- Asks the writer to stop, and tells all replicas.
-- KEYS: run. ARGV: run id, channel.
if redis.call('HGET', KEYS[1], 'state') ~= 'live' then return end
redis.call('HSET', KEYS[1], 'cancel', 1)
redis.call('PUBLISH', ARGV[2], ARGV[1])
