-- Puts a value where the value is still the expected one. The lifetime stays.
-- KEYS: record. ARGV: expected, value.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
