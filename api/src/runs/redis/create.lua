-- Opens a log, unless its idempotency key already refers to a run.
-- KEYS: run, lease, the owner's runs, and the idempotency key where there is one.
-- ARGV: run id, thread, owner, lifetime while live in ms, lease in ms, body, lifetime of the key.
-- A repeated call, whose first response was lost.
if redis.call('EXISTS', KEYS[1]) == 1 then return {'new', ''} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key, key_until = KEYS[4], 0
if key then
  local known = redis.call('HMGET', key, 'run', 'body')
  if known[1] then
    local run = 'so:run:' .. known[1]
    local state = redis.call('HMGET', run, 'state', 'last')
    -- A run that never began and has no writer is one whose creator never knew that it was made.
    local stillborn = state[1] == 'live' and state[2] == '0'
      and redis.call('EXISTS', run .. ':lease') == 0
    if state[1] and not stillborn then
      if known[2] ~= ARGV[6] then return {'mismatch', ''} end
      return {'repeated', known[1]}
    end
  end
  redis.call('HSET', key, 'run', ARGV[1], 'body', ARGV[6])
  redis.call('PEXPIRE', key, ARGV[7])
  key_until = now + ARGV[7]
end
redis.call('HSET', KEYS[1], 'thread', ARGV[2], 'owner', ARGV[3], 'key', key or '',
  'key_until', key_until, 'state', 'live', 'epoch', 1, 'last', 0, 'read', now)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], 1, 'PX', ARGV[5])
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return {'new', ''}
