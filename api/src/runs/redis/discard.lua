-- Removes a log, and its idempotency key if that still refers to it.
-- KEYS: run, log, lease. ARGV: run id.
local key, owner = unpack(redis.call('HMGET', KEYS[1], 'key', 'owner'))
if owner then redis.call('ZREM', 'so:runs:of:' .. owner, ARGV[1]) end
if key and key ~= '' and redis.call('HGET', key, 'run') == ARGV[1] then
  redis.call('DEL', key)
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('PUBLISH', KEYS[1], '')
