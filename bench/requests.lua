-- For wrk: sends a request for random incidents and counts wrong responses.
--   wrk … -s bench/requests.lua URL -- TOKEN METHOD PATH BODY ID_PREFIX FIRST_ACCOUNT ACCOUNTS FIRST_NUMBER INCIDENTS [check]
-- "{id}" in PATH and BODY is replaced by an incident's id: prefix, account, nine digits of its number; "{account}" in BODY by the
-- account, and "{A|B}" by A for a block of incidents and then by B for the same ones. No incident is in two blocks, so that no request
-- overtakes the one before it.
-- With "check" every body is checked too, which costs wrk time; without it only the status codes are.
local REQUESTS = 20000
local BLOCK = 500
local requests = {}
-- wrk makes one request that it does not send before the first that it sends.
local next_one = -1
bad = 0
bad_body = ""

function init(args)
  local token, method, path, body, prefix = args[1], args[2], args[3], args[4], args[5]
  local first_account, accounts = tonumber(args[6]), tonumber(args[7])
  local first_number, incidents = tonumber(args[8]), tonumber(args[9])
  math.randomseed(7)
  local bodies = {}
  local alternatives = body:match("{(%a+|[%a|]+)}")
  for word in (alternatives or ""):gmatch("%a+") do
    bodies[#bodies + 1] = body:gsub("{%a+|[%a|]+}", word)
  end
  if not alternatives then
    bodies[1] = body
  end
  local taken = {}
  local function draw()
    local account = first_account + math.random(0, accounts - 1)
    local id = ("%s%d%09d"):format(prefix, account, first_number + math.random(0, incidents - 1))
    if taken[id] then
      return draw()
    end
    taken[id] = true
    return {account, id}
  end
  -- Made beforehand: the client shares the processors with the service.
  local count = math.min(REQUESTS, accounts * incidents)
  while #requests < count do
    local targets = {}
    for i = 1, math.min(BLOCK, math.ceil((count - #requests) / #bodies)) do
      targets[i] = draw()
    end
    for _, text in ipairs(bodies) do
      for _, target in ipairs(targets) do
        requests[#requests + 1] = wrk.format(method, path:gsub("{id}", target[2]), {
          ["Host"] = "127.0.0.1",
          ["Authorization"] = "Bearer " .. token,
          ["X-Source-Account-Id"] = tostring(target[1]),
          ["Content-Type"] = text ~= "" and "application/json" or nil,
        }, text ~= "" and text:gsub("{id}", target[2]):gsub("{account}", target[1]) or nil)
      end
    end
  end
  if args[10] == "check" then
    response = function(status, _, text)
      if status < 200 or status > 299 or text:find('"errors":', 1, true) then
        bad = bad + 1
        if bad_body == "" then
          bad_body = status .. " " .. text:sub(1, 2000)
        end
      end
    end
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function done(summary, latency, _)
  local errors = summary.errors
  local wrong = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("bad")
    if thread:get("bad_body") ~= "" then
      print("result body " .. thread:get("bad_body"):gsub("%s+", " "))
    end
  end
  print("result requests " .. summary.requests)
  print("result micros " .. summary.duration)
  print("result wrong " .. wrong)
  print("result p50 " .. latency:percentile(50))
  print("result p99 " .. latency:percentile(99))
end
