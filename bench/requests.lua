-- For wrk: sends the requests of a file, a line each, and counts what is not as it should be.
--   wrk … -s bench/requests.lua URL -- FILE TOKEN [check]
-- With "check" every body is looked at, which costs wrk time; else only the status codes count.
local requests = {}
local next_one = 0
bad = 0
bad_body = ""

function init(args)
  local token = args[2]
  for line in io.lines(args[1]) do
    local method, path, account, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {
      ["Host"] = "127.0.0.1",
      ["Authorization"] = "Bearer " .. token,
      ["X-Source-Account-Id"] = account,
    }
    if body == "" then
      body = nil
    else
      headers["Content-Type"] = "application/json"
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  if args[3] == "check" then
    response = function(status, _, body)
      if status < 200 or status > 299 or body:find('"errors":', 1, true) then
        bad = bad + 1
        if bad_body == "" then
          bad_body = status .. " " .. body:sub(1, 2000)
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
  local bodies = 0
  for _, thread in ipairs(threads) do
    bodies = bodies + thread:get("bad")
    if thread:get("bad_body") ~= "" then
      print("result bad_body " .. thread:get("bad_body"):gsub("%s+", " "))
    end
  end
  print("result requests " .. summary.requests)
  print("result micros " .. summary.duration)
  print("result statuses " .. summary.errors.status)
  print("result bodies " .. bodies)
  print("result sockets " .. summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout)
  print("result p50 " .. latency:percentile(50))
  print("result p99 " .. latency:percentile(99))
end
