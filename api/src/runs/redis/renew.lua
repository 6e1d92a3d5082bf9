-- Renews the leases of one replica's runs.
-- KEYS: run, lease, for each. ARGV: lease in ms, then the epoch of each.
-- Returns for each: 0 renewed, 1 renewed and asked to stop, 2 no longer this writer's.
local answers = {}
for i = 1, #KEYS, 2 do
  local run = redis.call('HMGET', KEYS[i], 'epoch', 'state', 'cancel')
  local answer = 2
  if run[1] == ARGV[(i + 3) / 2] and run[2] == 'live' then
    redis.call('SET', KEYS[i + 1], 1, 'PX', ARGV[1])
    answer = run[3] and 1 or 0
  end
  answers[#answers + 1] = answer
end
return answers
