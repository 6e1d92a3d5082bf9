-- Thread, owner, time since the end in ms (-1: none), whether a writer holds the lease, the time.
-- KEYS: run, lease.
local run = redis.call('HMGET', KEYS[1], 'thread', 'owner', 'state', 'ended')
if not run[3] or run[3] == 'dropped' then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local since = run[3] == 'ended' and now - run[4] or -1
return {run[1], run[2], since, redis.call('EXISTS', KEYS[2]), now}
