-- Grants that are contracts: what they count, how life changes them, who agreed to them and when. Times and ids come from the
-- caller. What was granted before counts dollars or seats, by a quantity that was given, and says nothing of life.

alter table grants.template
  drop constraint template_denomination_check,
  add constraint template_denomination_check
    check (denomination in ('usd', 'gpu_hour', 'node_hour', 'exaflop_day', 'token', 'seat_month')),
  -- Beside a list of statements: {"parts": [...]} that vest side by side, or {"graph": [...]} of conditions.
  drop constraint template_statements_check,
  add constraint template_statements_check check (jsonb_typeof(statements) in ('array', 'object')),
  -- Which accelerator, nodes or tokens are counted; empty for dollars and seats.
  add column unit jsonb not null default '{}' check (jsonb_typeof(unit) = 'object'),
  add column formula jsonb not null default '{"kind": "given"}'
    check (formula ->> 'kind' in ('given', 'fixed', 'salary_share', 'by_level')),
  add column clauses jsonb not null default '{}' check (jsonb_typeof(clauses) = 'object');

alter table grants.grant
  drop constraint grant_denomination_check,
  add constraint grant_denomination_check
    check (denomination in ('usd', 'gpu_hour', 'node_hour', 'exaflop_day', 'token', 'seat_month')),
  add column basis jsonb,
  add column unit jsonb not null default '{}' check (jsonb_typeof(unit) = 'object'),
  add column formula jsonb not null default '{"kind": "given"}'
    check (formula ->> 'kind' in ('given', 'fixed', 'salary_share', 'by_level')),
  add column clauses jsonb not null default '{}' check (jsonb_typeof(clauses) = 'object'),
  -- How the quantity came about: the formula's inputs, such as the salary and the rate of the day. Null: it was given.
  add column reckoning jsonb,
  -- Of the terms that hold now; each change makes the next.
  add column version int not null default 1 check (version >= 1),
  drop constraint grant_status_check,
  -- Only active and ended grants are in the ledger. declined: by its person; withdrawn: by the company before it was accepted.
  add constraint grant_status_check check (status in
    ('draft', 'pending', 'approved', 'offered', 'accepted', 'active', 'ended', 'declined', 'withdrawn'));

update grants.grant g set basis = t.basis from grants.template t where t.id = g.template_id;
-- A grant whose template is gone cannot be: templates are never deleted.
alter table grants.grant alter column basis set not null;

-- What the people who write, approve and activate grants look for.
create index grant_open on grants.grant (status, created_at, id)
  where status in ('draft', 'pending', 'approved', 'offered', 'accepted');

-- A change of the contract plans anew: what was planned before and has not vested is superseded, never deleted.
alter table grants.tranche
  add column superseded_at timestamptz,
  drop constraint one_end,
  add constraint one_end check (num_nonnulls(vested_at, forfeited_at, superseded_at) <= 1);

drop index grants.tranche_due;
create index tranche_due on grants.tranche (date, grant_id, n)
  where vested_at is null and forfeited_at is null and superseded_at is null;

-- Every state that the terms of a grant ever had. A grant from before this table gets its first row when it is changed.
create table grants.version (
  grant_id     uuid not null references grants.grant,
  n            int not null check (n >= 1),
  -- What the terms are as a whole; `content` has them too, as the text that was hashed.
  terms        jsonb not null,
  quantity     bigint not null check (quantity > 0),
  start_date   date not null,
  grant_date   date not null,
  -- From this day on these terms hold; before it the version before does.
  effective_on date not null,
  content      text not null,
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  reason       text not null check (length(reason) between 1 and 500),
  recorded_at  timestamptz not null,
  recorded_by  uuid,
  primary key (grant_id, n)
);

-- What happened to a grant, in the order in which it was recorded.
create table grants.event (
  id          uuid primary key,
  grant_id    uuid not null references grants.grant,
  kind        text not null check (kind ~ '^[a-z][a-z_]{0,39}$'),
  -- The day on which it happened, or takes effect.
  day         date not null,
  body        jsonb not null check (jsonb_typeof(body) = 'object'),
  recorded_at timestamptz not null,
  recorded_by uuid
);

create index event_grant on grants.event (grant_id, recorded_at, id);

create table grants.approval (
  id           uuid primary key,
  grant_id     uuid not null references grants.grant,
  -- The event that submitted it: approvals of an earlier submission do not count for a later one.
  submission   uuid not null,
  verdict      text not null check (verdict in ('approved', 'rejected')),
  -- Of what was judged.
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  note         text not null check (length(note) <= 500),
  recorded_at  timestamptz not null,
  recorded_by  uuid not null,
  unique (submission, recorded_by)
);

create index approval_grant on grants.approval (grant_id, recorded_at, id);

-- What a person agreed to, byte by byte.
create table grants.acceptance (
  grant_id     uuid not null references grants.grant,
  version      int not null check (version >= 1),
  person_id    uuid not null,
  content      text not null,
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  -- As the person typed it.
  typed_name   text not null check (length(typed_name) between 1 and 200),
  accepted_at  timestamptz not null,
  primary key (grant_id, version)
);

-- A file of grants that was committed as a whole: the same file does nothing twice.
create table grants.bulk (
  id           uuid primary key,
  file_hash    text not null check (file_hash ~ '^[0-9a-f]{64}$'),
  rows         int not null check (rows >= 1),
  recorded_at  timestamptz not null,
  recorded_by  uuid
);

-- How many must agree to a grant. The latest version holds.
create table grants.policy (
  version     int generated always as identity primary key,
  body        jsonb not null,
  recorded_at timestamptz not null,
  recorded_by uuid
);

-- What was agreed stays as it was agreed.
revoke update, delete, truncate on grants.version, grants.event, grants.approval, grants.acceptance, grants.bulk, grants.policy
  from current_user;

-- Base salaries of a year: from a day on, until another is told. The one recorded last for a day holds for it.
create table people.salary (
  id           uuid primary key,
  person_id    uuid not null references people.person,
  effective_on date not null,
  -- In 1e-9 of its currency, a year.
  amount       bigint not null check (amount >= 0),
  currency     text not null check (currency ~ '^[A-Z]{3}$'),
  recorded_at  timestamptz not null,
  recorded_by  uuid
);

create index salary_person on people.salary (person_id, effective_on desc, recorded_at desc, id desc);

revoke update, delete, truncate on people.salary from current_user;
