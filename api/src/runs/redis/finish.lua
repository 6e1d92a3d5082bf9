-- Appends the last events and ends the log, in one step; only its writer does. Drops the oldest
-- logs of ended runs where they hold too much, but keeps their records, so that a repeated request
-- starts nothing.
-- KEYS: run, log, lease.
-- ARGV: epoch, number of the first event, lifetime after the end in ms, run id, most bytes of an
-- owner's ended logs, most bytes of all, how long in ms a read counts, how long in ms an ended log
-- can last, events...
local run = redis.call('HMGET', KEYS[1], 'epoch', 'state', 'last', 'key_until', 'owner', 'bytes')
if not run[1] then return 'gone' end
if run[1] ~= ARGV[1] then return 'replaced' end
if run[2] ~= 'live' then return 'ok' end
local last, first, bytes = tonumber(run[3]), tonumber(ARGV[2]), tonumber(run[6] or 0)
-- Redis came back with less than it had: the log ends where it is.
local whole = first <= last + 1
if whole then
  for i = 9, #ARGV do
    local number = first + i - 9
    if number > last then
      redis.call('XADD', KEYS[2], number .. '-0', 'f', ARGV[i])
      last, bytes = number, bytes + #ARGV[i]
    end
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lifetime = math.max(tonumber(ARGV[3]), run[4] - now)
redis.call('HSET', KEYS[1], 'last', last, 'state', 'ended', 'ended', now)
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
redis.call('DEL', KEYS[3])
redis.call('PUBLISH', KEYS[1], '')

-- The ended logs by age: a set of "run bytes owner" for all and one for each owner, with sums.
local all, kept = 'so:runs:ended', tonumber(ARGV[8])
local function owned(owner) return all .. ':' .. owner end
local function forget(member)
  local id, size, owner = string.match(member, '^(%S+) (%d+) (%S+)$')
  redis.call('ZREM', all, member)
  redis.call('DECRBY', all .. ':bytes', size)
  if redis.call('ZREM', owned(owner), member) == 1 then
    redis.call('DECRBY', owned(owner) .. ':bytes', size)
  end
  return id
end
local function drop(member)
  local key = 'so:run:' .. forget(member)
  if redis.call('HGET', key, 'state') == 'ended' then
    redis.call('HSET', key, 'state', 'dropped')
    redis.call('DEL', key .. ':log')
  end
end
local function is_read(member)
  local since = redis.call('HGET', 'so:run:' .. string.match(member, '^%S+'), 'reading')
  return since and now - since < tonumber(ARGV[7])
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', all, '-inf', now - kept, 'LIMIT', 0, 1000)) do
  forget(member)
end
-- A kilobyte stands for the record.
local size, owner = bytes + 1024, run[5]
local member = ARGV[4] .. ' ' .. size .. ' ' .. owner
for _, set in ipairs({ all, owned(owner) }) do
  redis.call('ZADD', set, now, member)
  redis.call('INCRBY', set .. ':bytes', size)
  redis.call('PEXPIRE', set, 2 * kept)
  redis.call('PEXPIRE', set .. ':bytes', 2 * kept)
end
local excess = redis.call('GET', owned(owner) .. ':bytes') - tonumber(ARGV[5])
if excess > 0 then
  for _, old in ipairs(redis.call('ZRANGE', owned(owner), 0, -1)) do
    if excess <= 0 then break end
    if old ~= member and not is_read(old) then
      excess = excess - string.match(old, ' (%d+) ')
      drop(old)
    end
  end
end
while redis.call('GET', all .. ':bytes') - tonumber(ARGV[6]) > 0 do
  local oldest = redis.call('ZRANGE', all, 0, 0)[1]
  if not oldest or oldest == member then break end
  drop(oldest)
end
return whole and 'ok' or 'gone'
