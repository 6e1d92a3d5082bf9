-- Adds a member to a set that then lives at least so long.
-- KEYS: set. ARGV: member, lifetime in ms.
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
