-- Deletes an owner's logs and idempotency keys, and asks live runs to stop. A live run leaves an
-- empty record, so that its writer finds a log that has ended.
-- KEYS: the owner's runs. ARGV: owner, channel of cancellations.
-- Gives the ids of the live runs.
local live = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local run = 'so:run:' .. id
  local state, key, epoch = unpack(redis.call('HMGET', run, 'state', 'key', 'epoch'))
  if key and key ~= '' and redis.call('HGET', key, 'run') == id then redis.call('DEL', key) end
  redis.call('DEL', run, run .. ':log', run .. ':lease')
  if state == 'live' then
    redis.call('HSET', run, 'state', 'dropped', 'epoch', epoch, 'last', 0, 'read', 0)
    -- Longer than a run lasts.
    redis.call('EXPIRE', run, 3600)
    redis.call('PUBLISH', ARGV[2], id)
    live[#live + 1] = id
  end
  redis.call('PUBLISH', run, '')
end
local all = 'so:runs:ended'
local owned = all .. ':' .. ARGV[1]
for _, member in ipairs(redis.call('ZRANGE', owned, 0, -1)) do
  if redis.call('ZREM', all, member) == 1 then
    redis.call('DECRBY', all .. ':bytes', string.match(member, '^%S+ (%d+) '))
  end
end
redis.call('DEL', KEYS[1], owned, owned .. ':bytes')
return live
