"""Steps on a Redis server that must happen as one, in Lua. Every script takes the key prefix; all keys begin with it."""

from __future__ import annotations

_FORGET = """
local function forget(word, id)
  local p = KEYS[1]
  redis.call('ZREM', p .. 'word:' .. word, id)
  if string.sub(word, 1, 6) == 'token:' and redis.call('EXISTS', p .. 'word:' .. word) == 0 then
    redis.call('ZREM', p .. 'tokens', string.sub(word, 7))
  end
end
"""
"""A context is not found by a word any more; what nothing is found by is not kept as a word: it is what somebody said."""

CONTEXT = (
    _FORGET
    + """
local p, id, version, row, open, arrived, seen = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local newest = redis.call('HGET', p .. 'context_version', id) or '0'
if seen ~= '' and newest ~= seen then return 0 end
if tonumber(newest) > tonumber(version) and redis.call('HGET', p .. 'history:' .. id, version) == row then return 1 end
redis.call('HSET', p .. 'context', id, row)
redis.call('HSET', p .. 'context_version', id, version)
redis.call('HSET', p .. 'history:' .. id, version, row)
redis.call(open == '1' and 'SADD' or 'SREM', p .. 'context_open', id)
local n = redis.call('HGET', p .. 'context_n', id)
if not n then
  n = redis.call('INCR', p .. 'context_count')
  redis.call('HSET', p .. 'context_n', id, n)
end
redis.call('ZADD', p .. 'contexts', n, id)
redis.call('ZADD', p .. 'contexts_arrived', arrived, id)
local words = {}
for k = 7, #ARGV do words[ARGV[k]] = true end
local before = redis.call('HGET', p .. 'context_words', id)
if before then
  for _, word in ipairs(cjson.decode(before)) do
    if words[word] then words[word] = nil else forget(word, id) end
  end
end
for word in pairs(words) do
  redis.call('ZADD', p .. 'word:' .. word, n, id)
  if string.sub(word, 1, 6) == 'token:' then redis.call('ZADD', p .. 'tokens', 0, string.sub(word, 7)) end
end
local all = {}
for k = 7, #ARGV do all[k - 6] = ARGV[k] end
if #all > 0 then redis.call('HSET', p .. 'context_words', id, cjson.encode(all))
else redis.call('HDEL', p .. 'context_words', id) end
return 1
"""
)
"""A version of a context with all that it is found by. With ``seen`` only if that is the newest version. A group whose answer was lost is
written again: what somebody has edited meanwhile stands."""

DELIVER = """
local p, subject, seen = KEYS[1], ARGV[1], ARGV[2]
if (redis.call('HGET', p .. 'context_version', subject) or '0') ~= seen then return 0 end
for k = 3, #ARGV, 3 do
  redis.call('HSET', p .. 'delivery', ARGV[k], ARGV[k + 2])
  redis.call('ZADD', p .. 'deliveries:waiting', ARGV[k + 1], ARGV[k])
end
return 1
"""
"""Script that keeps the deliveries of a version, if the one before it is the newest."""

REMOVE = (
    _FORGET
    + """
local p, id = KEYS[1], ARGV[1]
local before = redis.call('HGET', p .. 'context_words', id)
if before then
  for _, word in ipairs(cjson.decode(before)) do forget(word, id) end
end
redis.call('SREM', p .. 'context_open', id)
redis.call('ZREM', p .. 'contexts', id)
redis.call('ZREM', p .. 'contexts_arrived', id)
redis.call('DEL', p .. 'history:' .. id)
for _, name in ipairs({'context', 'context_n', 'context_version', 'context_words'}) do redis.call('HDEL', p .. name, id) end
return 1
"""
)
"""A context goes with its versions and its words."""

SWEEP = """
local p, gone = KEYS[1], 0
for _, word in ipairs(ARGV) do
  if redis.call('EXISTS', p .. 'word:token:' .. word) == 0 then gone = gone + redis.call('ZREM', p .. 'tokens', word) end
end
return gone
"""
"""Script that removes those of the given words by which nothing is found."""

PRUNE = """
local p, log, cut, offset, limit, dry = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local gone, kept = 0, 0
for _, number in ipairs(redis.call('ZRANGEBYSCORE', p .. log, '-inf', '(' .. cut, 'LIMIT', offset, limit)) do
  local row = redis.call('HGET', p .. log .. '_by_number', number) or string.sub(number, 17)
  local of, keep = nil, false
  if log == 'seat_log' then
    local seat = cjson.decode(row)
    of = p .. log .. ':' .. seat['switchboard'] .. '/' .. seat['seat']
    keep = redis.call('ZREVRANGEBYSCORE', of, '(' .. cut, '-inf', 'LIMIT', 0, 1)[1] == number
  elseif log == 'gap' then
    keep = cjson.decode(row)['until'] >= tonumber(cut)
  end
  if keep then kept = kept + 1 else
    gone = gone + 1
    if dry ~= '1' then
      redis.call('ZREM', p .. log, number)
      redis.call('HDEL', p .. log .. '_by_number', number)
      redis.call('SREM', p .. log .. '_rows', redis.sha1hex(row))
      if of then redis.call('ZREM', of, number) end
    end
  end
end
return {gone, kept}
"""
"""Rows of a log that are past their time, a few at once; each seat's last before it stays. (Behind a number of 16 digits an older
onekey has put the row itself.)"""

ONCE = """
local p = KEYS[1]
for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'once_expires', '-inf', ARGV[1])) do
  redis.call('ZREM', p .. 'once_expires', id)
  redis.call('HDEL', p .. 'once', id)
end
redis.call('ZADD', p .. 'once_expires', ARGV[2], ARGV[3])
redis.call('HSET', p .. 'once', ARGV[3], ARGV[4])
return 1
"""
"""Something that may be done once; what has expired by then goes."""

APPEND = """
local p, log, at, row, also = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('SADD', p .. log .. '_rows', redis.sha1hex(row)) == 0 then return 0 end
local number = string.format('%016d', redis.call('INCR', p .. log .. '_count'))
redis.call('HSET', p .. log .. '_by_number', number, row)
redis.call('ZADD', p .. log, at, number)
if also ~= '' then
  redis.call('SADD', p .. log .. '_of', also)
  redis.call('ZADD', p .. log .. ':' .. also, at, number)
end
return 1
"""
"""A row of a log, once: a group whose answer was lost is written again, and its rows must not stand twice."""
