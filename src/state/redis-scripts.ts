/** Lua that Redis runs as one step. Each touches one key, so each works in a cluster. */

/** KEYS[1] counter; ARGV: amount, ttl in ms or ''. Returns the sum as text: a Lua number could lose digits. */
export const INCREMENT = `
local fresh = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if sum > 9007199254740991 or sum < -9007199254740991 then
  redis.call('DECRBY', KEYS[1], ARGV[1])
  return redis.error_reply('ERR counter has reached its end')
end
if fresh and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])`;

/**
 * KEYS[1] hash of a token table: field token (8 bytes), value counts with spaces between, and behind a semicolon the day
 * it was last added to, where that is known. ARGV: number of columns, a delta for each, the day or '', then the tokens.
 */
export const ADD_TOKENS = `
local columns = tonumber(ARGV[1])
local today = ARGV[columns + 2]
for i = columns + 3, #ARGV do
  local counts = {}
  local day = ''
  local old = redis.call('HGET', KEYS[1], ARGV[i])
  if old then
    local numbers
    numbers, day = string.match(old, '^([^;]*);?(.*)$')
    for count in string.gmatch(numbers, '%S+') do counts[#counts + 1] = tonumber(count) end
  end
  if today ~= '' then day = today end
  for c = 1, math.max(columns, #counts) do
    local delta = c <= columns and tonumber(ARGV[c + 1]) or 0
    counts[c] = string.format('%.0f', (counts[c] or 0) + delta)
  end
  if day ~= '' then day = ';' .. day end
  redis.call('HSET', KEYS[1], ARGV[i], table.concat(counts, ' ') .. day)
end
return 1`;
