-- Perq's rule inside slurmctld: every job waits until the ledger has put its hours aside, and nobody but Perq lets it go.
--
-- Lies beside slurm.conf as job_submit.lua, with JobSubmitPlugins=lua. It asks nobody: a call out would stand in the
-- way of every submission, and a ledger that is down must not stop the controller. It fails closed: a job that nobody
-- releases waits.
--
-- What is refused here is what would make the hold unknown: the accelerator, the number or the time is not said, or
-- could still grow. Perq reads the job from the controller, so it may not change after that.

-- Whoever may let jobs go and change them: root, and the user that Perq runs as where that is another one.
local TRUSTED = { [0] = true }

local NO_VAL16 = slurm.NO_VAL16 or 0xfffe
local NO_VAL = slurm.NO_VAL or 0xfffffffe
local NO_VAL64 = slurm.NO_VAL64 or -2
local INFINITE = slurm.INFINITE or 0xffffffff

local EXCLUSIVE = 0
local EXCLUSIVE_TOPOLOGY = 4

-- Fields come and go between versions of Slurm; one that is not there reads as not said.
local function read(record, field)
  local ok, value = pcall(function() return record[field] end)
  if not ok or value == NO_VAL or value == NO_VAL16 or value == NO_VAL64 or value == "" then return nil end
  return value
end

local function refuse(text)
  slurm.log_user("perq: " .. text)
  return slurm.ERROR
end

-- Access denied. Up to 22.05 a change has no way to say more: the text stands in the controller's log alone.
local DENIED = 2002

local function deny(text)
  slurm.log_user("perq: " .. text)
  return DENIED
end

-- "gres:gpu:h100:2" (to 22.05), "gres/gpu:h100:2" and "gres/gpu:h100=2" (later), "gpu:h100" (by --gres)
-- -> the name, the type or nil
local function parts_of(token)
  local plain = token:gsub("^%s+", ""):gsub("%s+$", ""):gsub("^gres[:/]", ""):gsub("[:=]%d+[kKmMgGtTpP]?$", "")
  return plain:match("^([^:]+)"), plain:match("^[^:]+:(.+)$")
end

-- The first thing that is wrong with what is asked for in one field, or nil; and whether GPUs are asked for in it.
local function look_at(text)
  local asks = false
  for token in string.gmatch(text or "", "[^,]+") do
    local name, kind = parts_of(token)
    if name == "shard" or name == "mps" then
      return "parts of a GPU are not granted; ask for whole ones, for instance --gpus=h100:1", true
    end
    if name == "gpu" then
      asks = true
      if kind == nil then
        return "name the accelerator, for instance --gpus=h100:" .. (token:match("%d+$") or "1"), true
      end
    end
  end
  return nil, asks
end

local GPU_FIELDS = { "tres_per_job", "tres_per_node", "tres_per_socket", "tres_per_task", "gres" }

local function submit(job, uid)
  if TRUSTED[uid] then return slurm.SUCCESS end
  local asks = {}
  for _, field in ipairs(GPU_FIELDS) do
    local wrong, asked = look_at(read(job, field))
    if wrong then return refuse(wrong) end
    asks[field] = asked
  end
  if asks.tres_per_socket then
    return refuse("say how many GPUs in all or for each node: --gpus=TYPE:N or --gpus-per-node=TYPE:N")
  end
  local limit = read(job, "time_limit")
  if limit == nil or limit == INFINITE then
    return refuse("say how long the job may run, for instance --time=1:00:00; its hours are held until it ends")
  end
  local shared = read(job, "shared")
  if shared == EXCLUSIVE or shared == EXCLUSIVE_TOPOLOGY then
    return refuse("--exclusive takes every GPU of its nodes, whatever is asked for; ask for them all by number")
  end
  if asks.tres_per_node or asks.tres_per_task or asks.gres then
    local least, most = read(job, "min_nodes"), read(job, "max_nodes")
    if most == nil then
      -- What is asked for each node is known only with the number of nodes.
      job.min_nodes = least or 1
      job.max_nodes = least or 1
    elseif most ~= least then
      return refuse("say the number of nodes, not a range: --nodes=" .. tostring(least or 1))
    end
  end
  job.priority = 0
  return slurm.SUCCESS
end

-- What decides how much a job may use, and from which grant.
local SIZE = {
  "tres_per_job", "tres_per_node", "tres_per_socket", "tres_per_task", "gres", "min_nodes", "max_nodes", "num_tasks",
  "ntasks_per_node", "shared", "account", "qos", "partition",
}

local function modify(change, job, uid)
  if TRUSTED[uid] then return slurm.SUCCESS end
  if read(change, "priority") ~= nil then
    return deny("only the ledger releases held jobs")
  end
  local limit, before = read(change, "time_limit"), read(job, "time_limit")
  if limit ~= nil and (before == nil or before == INFINITE or limit > before) then
    return deny("a submitted job's time limit can only be lowered; cancel it and submit it again")
  end
  for _, field in ipairs(SIZE) do
    if read(change, field) ~= nil then
      return deny("a submitted job keeps its " .. field .. "; cancel it and submit it again")
    end
  end
  return slurm.SUCCESS
end

function slurm_job_submit(job, partitions, uid)
  return submit(job, uid)
end

function slurm_job_modify(change, job, partitions, uid)
  return modify(change, job, uid)
end

return slurm.SUCCESS
