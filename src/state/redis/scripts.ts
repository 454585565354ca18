/**
 * What is done in one atomic step, in Redis' own language. Each script works on one scope: KEYS[1] is the base of its
 * keys (`names.ts`), from which the others are made, since which directories a prefix removes is known only there. All
 * of them carry the base's hash tag, so they are in the slot that the declared keys have.
 *
 * Every script may be run twice: a connection that breaks leaves open whether it was run, and then it is sent again.
 *
 * A stored value is `END:VALUE`, END being the milliseconds since 1970 at which the record ends, or nothing. Time is
 * Redis' own, so that no node's clock decides (tests send theirs).
 */
import { createHash } from "node:crypto";

export interface Script {
  /** For the log. */
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

/** Milliseconds for which a commit is known by its id: longer than anybody tries to send it again. */
const remembered = 60_000;
/** Milliseconds for which a fence is kept; after that Redis' clock alone makes the next one greater. */
const fenceKept = 86_400_000;
/** Ended records that one commit clears away. */
const swept = 100;

/** What the scripts share. */
const common = `
local base = KEYS[1]
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local function count()
  return tonumber(take())
end
local clock = redis.call('TIME')
local now = tonumber(take()) or (clock[1] * 1000 + math.floor(clock[2] / 1000))
local function live(stored)
  if not stored then return false end
  local head = string.find(stored, ':', 1, true)
  local ends = tonumber(string.sub(stored, 1, head - 1))
  if ends and ends <= now then return false end
  return string.sub(stored, head + 1)
end
local function get(directory, field)
  return live(redis.call('HGET', base .. ':h:' .. directory, field))
end
local function getAll(into)
  for _ = 1, count() do
    local directory = take()
    into[#into + 1] = get(directory, take())
  end
  return into
end
local function fenceOf(name)
  local held = redis.call('GET', base .. ':l:' .. name)
  return held and string.match(held, '^%d+')
end
local function giveBack(name)
  redis.call('DEL', base .. ':l:' .. name)
  if redis.call('DEL', base .. ':w:' .. name) == 1 then
    redis.call('PUBLISH', take(), base .. ':l:' .. name)
  end
end
`;

/** The time by which records end, of the server that has them. now → milliseconds since 1970. */
export const clockScript = script("clock", `${common} return now`);

/** Values of records. now, n, n × (directory, field) → n × (value or nothing). */
export const readScript = script("read", `${common} return getAll({})`);

/**
 * Takes a lease. now, name, asker, ttl, milliseconds the asker watches for its end (0: it does not wait), n, n ×
 * (directory, field) → {fence, n × (value or nothing)}, or {"", milliseconds the holder has left}.
 *
 * The fence is the greater of the last one + 1 and Redis' clock in microseconds. So it grows while the clock stands or
 * is set back, and it grows as well when Redis lost its data, was restored from an old dump, or a replica that lagged
 * was made primary: the fences that were forgotten were made by an earlier clock.
 */
export const leaseScript = script(
  "lease",
  `${common}
local name = take()
local asker = take()
local ttl = take()
local watch = count()
local key = base .. ':l:' .. name
local held = redis.call('GET', key)
local fence
if held then
  local owner
  fence, owner = string.match(held, '^(%d+):(.*)$')
  if owner ~= asker then
    if watch > 0 then redis.call('SET', base .. ':w:' .. name, '1', 'PX', watch) end
    return {'', redis.call('PTTL', key)}
  end
else
  local last = tonumber(redis.call('GET', base .. ':f')) or 0
  fence = string.format('%.0f', math.max(last + 1, clock[1] * 1000000 + clock[2]))
  redis.call('SET', base .. ':f', fence, 'PX', ${fenceKept})
end
redis.call('SET', key, fence .. ':' .. asker, 'PX', ttl)
return getAll({fence})`,
);

/** Prolongs a lease. now, name, fence, ttl → 1, or 0 when it is not held by that fence any more. */
export const renewScript = script(
  "renew",
  `${common}
local name = take()
if fenceOf(name) ~= take() then return 0 end
return redis.call('PEXPIRE', base .. ':l:' .. name, take())`,
);

/** Gives a lease back, and tells those who wait. now, name, fence (or "") or else asker, channel. */
export const releaseScript = script(
  "release",
  `${common}
local name = take()
local fence = take()
local asker = take()
local held = redis.call('GET', base .. ':l:' .. name)
if not held then return 0 end
local holds, owner = string.match(held, '^(%d+):(.*)$')
if holds == fence or owner == asker then giveBack(name) end
return 0`,
);

/**
 * One commit: all of it, or nothing. Checks come first; a script that has written cannot be stopped, and one that is
 * out of memory, on a replica or not allowed to is refused at its first write.
 *
 * now, id, known ("1": the caller knows that the scope is on its user's list), n, n × (lease, fence), n, n ×
 * (directory, field, "1" or "0", value), n, n × prefix to remove, n, n × (directory, field) to remove, milliseconds that
 * what is put lasts (or ""), n directories, n × (directory, m, m × (field, ":" and value)), n leases to give back, n ×
 * (lease, channel) → "done", "lost", "changed", or "unlisted": the scope has to be put on its user's list first.
 */
export const commitScript = script(
  "commit",
  `${common}
local index = base .. ':i'
local id = base .. ':c:' .. take()
if redis.call('EXISTS', id) == 1 then return 'done' end
local known = take()
for _ = 1, count() do
  local name = take()
  if fenceOf(name) ~= take() then return 'lost' end
end
for _ = 1, count() do
  local directory = take()
  local found = get(directory, take())
  local present = take()
  local value = take()
  if present == '1' then
    if found ~= value then return 'changed' end
  elseif found then
    return 'changed'
  end
end
if known == '0' and redis.call('EXISTS', index) == 0 then return 'unlisted' end

local function drop(directory, field)
  local key = base .. ':h:' .. directory
  if redis.call('HDEL', key, field) == 1 and redis.call('EXISTS', key) == 0 then
    redis.call('ZREM', index, directory)
  end
end
local function split(key)
  local directory, field = string.match(key, '^(.*/)([^/]*)$')
  if directory then return directory, field end
  return '', key
end

for _, key in ipairs(redis.call('ZRANGEBYSCORE', base .. ':x', '-inf', now, 'LIMIT', 0, ${swept})) do
  local directory, field = split(key)
  if not get(directory, field) then drop(directory, field) end
  redis.call('ZREM', base .. ':x', key)
end
for _ = 1, count() do
  local prefix = take()
  for _, directory in ipairs(redis.call('ZRANGEBYLEX', index, '[' .. prefix, '[' .. prefix .. '\\255')) do
    redis.call('UNLINK', base .. ':h:' .. directory)
    redis.call('ZREM', index, directory)
  end
  local directory, start = split(prefix)
  if start ~= '' then
    for _, field in ipairs(redis.call('HKEYS', base .. ':h:' .. directory)) do
      if string.sub(field, 1, #start) == start then drop(directory, field) end
    end
  end
end
for _ = 1, count() do
  local directory = take()
  drop(directory, take())
end
local lasts = count()
local ends = lasts and string.format('%.0f', now + lasts)
for _ = 1, count() do
  local directory = take()
  local key = base .. ':h:' .. directory
  if redis.call('EXISTS', key) == 0 then redis.call('ZADD', index, 0, directory) end
  local left = count()
  while left > 0 and ends do
    local field = take()
    redis.call('HSET', key, field, ends .. take())
    redis.call('ZADD', base .. ':x', ends, directory .. field)
    left = left - 1
  end
  while left > 0 do
    local some = math.min(left, 500)
    redis.call('HSET', key, unpack(ARGV, at + 1, at + 2 * some))
    at = at + 2 * some
    left = left - some
  end
end
for _ = 1, count() do giveBack(take()) end
redis.call('SET', id, '1', 'PX', ${remembered})
return 'done'`,
);

function script(name: string, lua: string): Script {
  return { name, lua, sha: createHash("sha1").update(lua).digest("hex") };
}
