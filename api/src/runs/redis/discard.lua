-- Removes a log, and its idempotency key if that still refers to it.
-- KEYS: run, log, lease. ARGV: run id.
local key = redis.call('HGET', KEYS[1], 'key')
if key and key ~= '' and redis.call('HGET', key, 'run') == ARGV[1] then
  redis.call('DEL', key)
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('PUBLISH', KEYS[1], '')
