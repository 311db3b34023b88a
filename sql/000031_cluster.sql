-- GPU clusters: whose schedulers keep what was granted, and what their accounting says was used. Written by the room `cluster` alone; the
-- value itself moves in the ledger. GPU time is in GPU-seconds; ids of jobs and records are text, because schedulers count beyond 2^63.
create schema cluster;

-- One row for each life of a cluster's accounting: when it is lost or begun anew, job and record ids mean something else, and so does
-- everything below that names them.
create table cluster.cluster (
  id           uuid primary key,
  name         text not null check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  -- What the scheduler says of itself, and what it would say differently after a loss.
  scheduler    text not null,
  incarnation  text not null,
  software     text not null,
  -- The account under which ours lie, and what our allowances' names begin with.
  root         text not null check (length(root) between 1 and 100),
  prefix       text not null check (length(prefix) between 1 and 40),
  -- strict: every job is held until its hold stands; fast: charged afterwards, and closed when nothing is left; notional: charged as far as
  -- there is something, never stopped; tracking: only written down.
  mode         text not null check (mode in ('strict', 'fast', 'notional', 'tracking')),
  kill_wait_ms bigint not null check (kill_wait_ms >= 0),
  -- Contract rules of this cluster where they are not the usual ones.
  rules        jsonb not null default '{}' check (jsonb_typeof(rules) = 'object'),
  -- Usage before this is history: written down and never charged.
  charged_from timestamptz not null,
  adopted_at   timestamptz not null,
  adopted_by   uuid,
  -- Another life of it began, or it was given up.
  ended_at     timestamptz
);

create unique index cluster_name on cluster.cluster (name) where ended_at is null;

-- The scheduler's words for accelerators.
create table cluster.accelerator (
  cluster_id  uuid not null references cluster.cluster,
  type        text not null check (length(type) between 1 and 60),
  accelerator text not null check (accelerator ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  primary key (cluster_id, type)
);

-- Whose login it is. A login that changes hands gets another row: what was used before stays whose it was.
create table cluster.login (
  cluster_id uuid not null references cluster.cluster,
  login      text not null check (length(login) between 1 and 100),
  person_id  uuid not null references people.person,
  -- The account of that person at this cluster.
  account    text not null check (length(account) between 1 and 100),
  from_at    timestamptz not null,
  to_at      timestamptz check (to_at > from_at),
  primary key (cluster_id, login, from_at)
);

create unique index login_now on cluster.login (cluster_id, login) where to_at is null;
create index login_person on cluster.login (person_id);

-- How jobs that draw on one grant are treated, where that is not as the cluster says.
create table cluster.grant_mode (
  grant_id uuid primary key,
  mode     text not null check (mode in ('strict', 'fast', 'notional', 'tracking')),
  set_at   timestamptz not null,
  set_by   uuid
);

-- A line of a wallet at a cluster: a person's GPU time of one accelerator and tier, and the allowance that jobs name for it.
create table cluster.line (
  cluster_id uuid not null references cluster.cluster,
  person_id  uuid not null references people.person,
  -- As the ledger's wallets: GPU_SECOND/H100-SXM/guaranteed.
  asset      text not null check (asset like 'GPU\_SECOND/%'),
  allowance  text not null,
  -- GPU-seconds that ended runs of this allowance used, whoever paid for them: what the scheduler has counted against its limit.
  used       bigint not null default 0,
  made_at    timestamptz not null,
  primary key (cluster_id, person_id, asset)
) with (fillfactor = 70);

create index line_allowance on cluster.line (cluster_id, allowance);

-- What was written to the scheduler and read back from it, object by object.
create table cluster.applied (
  cluster_id uuid not null references cluster.cluster,
  kind       text not null check (kind in ('account', 'allowance', 'member')),
  name       text not null,
  body       jsonb not null,
  version    bigint not null check (version >= 1),
  at         timestamptz not null,
  primary key (cluster_id, kind, name)
) with (fillfactor = 70);

-- Somebody changed by hand what is ours to keep.
create table cluster.drift (
  id          uuid primary key,
  cluster_id  uuid not null references cluster.cluster,
  kind        text not null check (kind in ('account', 'allowance', 'member', 'foreign')),
  name        text not null,
  -- Null: it should not be there, or it was not.
  wanted      jsonb,
  found       jsonb,
  found_at    timestamptz not null,
  repaired_at timestamptz check (repaired_at >= found_at)
);

create unique index drift_open on cluster.drift (cluster_id, kind, name) where repaired_at is null;
create index drift_at on cluster.drift (cluster_id, found_at desc);

-- A turn of keeping the limits: how it went, newest version first.
create table cluster.turn (
  cluster_id uuid not null references cluster.cluster,
  version    bigint not null check (version >= 1),
  at         timestamptz not null,
  wanted     int not null,
  written    int not null,
  failed     int not null,
  -- Null: everything stands as it should.
  trouble    text,
  primary key (cluster_id, version)
);

-- Jobs as the controller showed them last.
create table cluster.job (
  cluster_id   uuid not null references cluster.cluster,
  job          text not null check (length(job) between 1 and 60),
  submitted_at timestamptz not null,
  -- The job that an array's tasks or the parts of a job belong to; itself for all others.
  root         text not null,
  unit         int not null default 0 check (unit >= 0),
  task         text,
  tasks        int not null check (tasks >= 1),
  name         text not null,
  login        text not null,
  account      text not null,
  allowance    text not null,
  partition    text not null,
  -- Null: nobody we know.
  person_id    uuid,
  -- Null: which GPU time it uses is not known, or it uses none.
  asset        text,
  gpus         bigint not null check (gpus >= 0),
  time_limit_s bigint,
  mode         text not null check (mode in ('strict', 'fast', 'notional', 'tracking')),
  state        text not null check (state in ('held', 'waiting', 'running', 'suspended', 'ending', 'gone')),
  -- What Perq decided of it.
  verdict      text not null check (verdict in ('undecided', 'released', 'refused', 'unheld', 'free')),
  -- In words for the person: why it is refused, or what is odd about it.
  reason       text,
  -- Why it waits, in the scheduler's words.
  waits_for    text not null,
  restarts     int not null check (restarts >= 0),
  purpose      text not null check (purpose in ('work', 'learning', 'personal', 'open_source')),
  eligible_at  timestamptz,
  started_at   timestamptz,
  expected_at  timestamptz,
  nodes        text[] not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  decided_at   timestamptz,
  primary key (cluster_id, job, submitted_at)
) with (fillfactor = 70);

create index job_person on cluster.job (person_id, submitted_at desc) where person_id is not null;
create index job_live on cluster.job (cluster_id, state) where state <> 'gone';
create index job_root on cluster.job (cluster_id, root, submitted_at);

-- Holds in the ledger for runs of jobs, one for each task. Which of an array's tasks ends first does not matter: each settles one of those
-- that its array has left.
create table cluster.hold (
  -- The hold's id in the ledger, and of its usage.
  id           uuid primary key,
  cluster_id   uuid not null references cluster.cluster,
  root         text not null,
  submitted_at timestamptz not null,
  unit         int not null check (unit >= 0),
  n            int not null check (n >= 0),
  person_id    uuid not null,
  wallet_id    uuid not null,
  asset        text not null,
  purpose      text not null check (purpose in ('work', 'learning', 'personal', 'open_source')),
  gpus         bigint not null check (gpus > 0),
  -- What it pays for: the time limit, and beyond it until nothing of the job runs any more.
  time_limit_s bigint not null check (time_limit_s > 0),
  amount       bigint not null check (amount > 0),
  -- placed: stands in the ledger; bound: its job may run; settled, released, expired: it ended so.
  state        text not null check (state in ('placed', 'bound', 'settled', 'released', 'expired')),
  -- The record that settled it.
  record       text,
  reason       text,
  placed_at    timestamptz not null,
  -- Kept alive until then.
  expires_at   timestamptz not null,
  ended_at     timestamptz,
  -- The job was in neither the queue nor the accounting when it was looked for; null: it was.
  missing_since timestamptz,
  unique (cluster_id, root, submitted_at, unit, n),
  constraint settled_by_a_record check ((state = 'settled') = (record is not null)),
  constraint ended_has_a_time check ((state in ('settled', 'released', 'expired')) = (ended_at is not null))
) with (fillfactor = 70);

create index hold_open on cluster.hold (cluster_id, expires_at) where state in ('placed', 'bound');
create index hold_person on cluster.hold (person_id, placed_at desc);

-- One run of one task, as the accounting has it now, and where its GPU-seconds lie in the ledger.
create table cluster.record (
  cluster_id     uuid not null references cluster.cluster,
  record         text collate "C" not null check (length(record) between 1 and 60),
  job            text collate "C" not null,
  submitted_at   timestamptz not null,
  root           text collate "C" not null,
  unit           int not null default 0,
  task           text,
  state          text not null,
  state_text     text not null,
  name           text not null,
  login          text not null,
  account        text not null,
  allowance      text not null,
  partition      text not null,
  restarts       int,
  eligible_at    timestamptz,
  started_at     timestamptz,
  -- Null: not known; such a record is not settled.
  ended_at       timestamptz,
  elapsed_s      bigint not null check (elapsed_s >= 0),
  suspended_s    bigint not null check (suspended_s >= 0),
  time_limit_s   bigint,
  -- As told, `h100=2,a100=1`; empty: none.
  requested      text not null,
  allocated      text not null,
  -- Of all kinds together.
  gpus           bigint not null check (gpus >= 0),
  nodes          text[] not null,
  exit_code      text not null,
  comment        text not null check (length(comment) <= 1000),
  -- How often the accounting said something else of it.
  revision       int not null default 0 check (revision >= 0),
  seen_at        timestamptz not null,
  changed_at     timestamptz not null,
  -- A hash of all that the accounting said, so that a repeated reading is known by it.
  told           text not null,

  -- Null: nobody we know; the company's.
  person_id      uuid,
  asset          text,
  purpose        text not null check (purpose in ('work', 'learning', 'personal', 'open_source')),
  mode           text not null check (mode in ('strict', 'fast', 'notional', 'tracking')),
  -- usual, or why its person does not pay for all of it.
  class          text not null check (class in
    ('usual', 'preempted', 'node_failed', 'boot_failed', 'launch_failed', 'other_gpus', 'outage', 'unowned', 'history', 'credited')),
  -- What it used: elapsed less suspended, times its GPUs. Its parts in the ledger, once it is settled:
  gpu_seconds    bigint not null default 0 check (gpu_seconds >= 0),
  charged        bigint not null default 0 check (charged >= 0),
  absorbed       bigint not null default 0 check (absorbed >= 0),
  -- GPU-seconds of work that a preempted or failed run threw away.
  lost           bigint not null default 0 check (lost >= 0),
  -- When its GPU-seconds were first written to the ledger; null: not yet, or it is not to be (tracking, history).
  settled_at     timestamptz,
  -- The ledger's transfer of then: the run's own hold, or one for all runs without a hold that were read together and that the same wallet pays.
  transfer       uuid,
  -- The most that its person can be charged: its hold. Null: it had none.
  held           bigint check (held > 0),
  -- The controller or this program could not see it at its end, so its elapsed time may be too long.
  in_outage      boolean not null default false,

  primary key (cluster_id, record),
  constraint settled_by_a_transfer check (gpu_seconds = 0 or (settled_at is null) = (transfer is null)),
  constraint settled_in_full check (settled_at is null or gpu_seconds = charged + absorbed),
  constraint unsettled_is_nothing check (settled_at is not null or charged = 0 and absorbed = 0)
) with (fillfactor = 90);

create index record_person on cluster.record (person_id, ended_at desc);
create index record_job on cluster.record (cluster_id, root, submitted_at);
create index record_transfer on cluster.record (transfer) where transfer is not null;
-- What is read again until it has ended.
create index record_unended on cluster.record (cluster_id, submitted_at) where ended_at is null;

-- What the accounting said of a record before it said something else.
create table cluster.revision (
  cluster_id uuid not null references cluster.cluster,
  record     text not null,
  revision   int not null check (revision >= 0),
  body       jsonb not null,
  replaced_at timestamptz not null,
  primary key (cluster_id, record, revision)
);

-- What was corrected of a record after it was settled, in order: a further charge, or what was taken back of the charge that it names.
create table cluster.posting (
  cluster_id uuid not null references cluster.cluster,
  record     text not null,
  n          int not null check (n >= 1),
  transfer   uuid not null unique,
  kind       text not null check (kind in ('charge', 'give_back', 'unabsorb')),
  charged    bigint not null,
  absorbed   bigint not null,
  cause      uuid,
  reason     text not null,
  at         timestamptz not null,
  primary key (cluster_id, record, n),
  constraint charges_add check (case kind when 'charge' then charged >= 0 and absorbed >= 0 else charged <= 0 and absorbed <= 0 end),
  constraint corrections_name_their_cause check ((kind = 'charge') = (cause is null))
);

-- Runs of which somebody has to decide, or a rule has decided, that the company pays for them.
create table cluster.review (
  id          uuid primary key,
  cluster_id  uuid not null references cluster.cluster,
  record      text not null,
  kind        text not null check (kind in
    ('preempted', 'node_failed', 'boot_failed', 'launch_failed', 'other_gpus', 'outage', 'missing', 'over_hold', 'unheld')),
  -- GPU-seconds in question, and what became of them.
  gpu_seconds bigint not null check (gpu_seconds >= 0),
  state       text not null check (state in ('open', 'credited', 'kept')),
  detail      text not null,
  at          timestamptz not null,
  decided_at  timestamptz,
  decided_by  uuid,
  unique (cluster_id, record, kind)
);

create index review_open on cluster.review (cluster_id, at) where state = 'open';

-- How far what was read goes: everything that ended before it is known, as far as the accounting knew it.
create table cluster.cursor (
  cluster_id uuid not null references cluster.cluster,
  name       text not null check (name in ('records', 'nodes')),
  upto       timestamptz not null,
  read_at    timestamptz not null,
  primary key (cluster_id, name)
);

-- Times in which the controller, the accounting or this program could not be seen to work. The last one may still go on.
create table cluster.outage (
  id         uuid primary key,
  cluster_id uuid not null references cluster.cluster,
  part       text not null check (part in ('controller', 'accounting', 'agent')),
  from_at    timestamptz not null,
  to_at      timestamptz check (to_at >= from_at)
);

create unique index outage_now on cluster.outage (cluster_id, part) where to_at is null;
create index outage_at on cluster.outage (cluster_id, from_at);

-- When each part was last seen to work.
create table cluster.beat (
  cluster_id uuid not null references cluster.cluster,
  part       text not null check (part in ('controller', 'accounting', 'agent')),
  at         timestamptz not null,
  primary key (cluster_id, part)
) with (fillfactor = 50);

create table cluster.node_event (
  cluster_id uuid not null references cluster.cluster,
  node       text not null,
  from_at    timestamptz not null,
  to_at      timestamptz,
  state      text not null,
  planned    boolean not null,
  reason     text not null,
  -- `h100=8`.
  gpus       text not null,
  primary key (cluster_id, node, from_at)
);

create index node_event_at on cluster.node_event (cluster_id, from_at);

-- What could be had at a time, by accelerator: what was promised and not to be had is told from what nobody asked for.
create table cluster.capacity (
  cluster_id  uuid not null references cluster.cluster,
  at          timestamptz not null,
  type        text not null,
  total       bigint not null check (total >= 0),
  up          bigint not null check (up between 0 and total),
  used        bigint not null check (used >= 0),
  -- Used by jobs that give way.
  preemptible bigint not null check (preemptible between 0 and used),
  primary key (cluster_id, at, type)
);

-- What the end of an employment means for jobs that run.
create view people.left_people as
  select person_id, left_on, coalesce(plan ->> 'held' = 'cancel', false) as ends_jobs from people.leaving where state = 'done';

-- What the company paid for a run, and then did not have to: the accounting took it back. Amounts are never negative, so it goes back.
create or replace function ledger.allows_move(kind ledger.kind, source ledger.account, target ledger.account) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return (kind, source, target) in (
    ('granted', 'promised', 'unvested'),
    ('vested', 'unvested', 'available'),
    ('hold', 'available', 'held'),
    ('settle', 'held', 'spent'), ('settle', 'held', 'available'),
    ('release', 'held', 'available'),
    ('lapse', 'held', 'spent'), ('lapse', 'held', 'available'),
    ('absorb', 'absorbed', 'spent'),
    ('expire', 'available', 'expired'),
    ('forfeit', 'unvested', 'forfeited'),
    ('revoke', 'available', 'revoked'), ('revoke', 'unvested', 'revoked'),
    ('adjust', 'spent', 'available'), ('adjust', 'spent', 'absorbed'), ('adjust', 'unvested', 'promised'), ('adjust', 'promised', 'unvested'),
    ('carry', 'available', 'carried'), ('carry', 'carried', 'available'),
    ('convert', 'available', 'spent'), ('convert', 'promised', 'available')
  );
end
$$;

alter table ledger.entry drop constraint one_subject;
alter table ledger.entry add constraint one_subject check (
  case when kind = 'absorb' then lot_id is null and grant_id is null else (lot_id is null) <> (grant_id is null) or target = 'absorbed' end
) not valid;

-- What was told stays as it was told.
revoke update, delete, truncate on cluster.revision, cluster.posting, cluster.capacity from current_user;
revoke delete, truncate on cluster.cluster, cluster.login, cluster.record, cluster.hold, cluster.drift, cluster.review from current_user;
