-- How a person's time at the company goes: leaves of absence, leaving, coming back. Times and ids come from the caller.

-- A leaver may sign in, and make keys for what stayed theirs, before this day; null: not at all once they have left.
alter table people.person add column access_until date;
alter table people.person add column access_purposes text[];
alter table people.person add constraint access_follows_leaving check (access_until is null or access_until >= left_on);
alter table people.person add constraint access_needs_leaving check (access_until is null or left_on is not null);

create or replace view people.spender as
  select id, email, name, level, hired_on, left_on, access_until, access_purposes from people.person;

-- A time away from work. What it does to each grant is the grant's own matter.
create table people.leave (
  id          uuid primary key,
  person_id   uuid not null references people.person,
  -- As the company names its leaves: parental, medical, unpaid.
  kind        text not null check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  from_on     date not null,
  -- The first day back; null while nobody knows it.
  to_on       date check (to_on > from_on),
  -- The day back is expected, not certain.
  approximate boolean not null,
  note        text not null check (length(note) <= 500),
  -- What it lost is forfeited in the ledger; from then on it stays as it is.
  settled_at  timestamptz,
  -- Recorded by mistake; it counts for nothing.
  withdrawn   boolean not null default false,
  recorded_at timestamptz not null,
  recorded_by uuid,
  changed_at  timestamptz not null,
  constraint unknown_is_approximate check (to_on is not null or approximate)
);

create index leave_unsettled on people.leave (to_on) where settled_at is null and not withdrawn and not approximate;
create index leave_person on people.leave (person_id, from_on);

-- The end of an employment: planned, then done on its day.
create table people.leaving (
  id          uuid primary key,
  person_id   uuid not null references people.person,
  -- The first day on which the person no longer works here.
  left_on     date not null,
  reason      text not null check (reason ~ '^[A-Z][A-Z_]{0,39}$'),
  note        text not null check (length(note) <= 500),
  state       text not null check (state in ('scheduled', 'done', 'cancelled')),
  -- What was confirmed; then what was done.
  plan        jsonb not null check (jsonb_typeof(plan) = 'object'),
  -- Calls still hold a part: what they give back follows the same rules, in so many rounds by now.
  open        boolean not null default false,
  rounds      int not null default 0 check (rounds >= 0),
  recorded_at timestamptz not null,
  recorded_by uuid,
  done_at     timestamptz,
  constraint done_has_a_time check ((state = 'done') = (done_at is not null)),
  constraint only_done_is_open check (state = 'done' or not open)
);

-- What other rooms may read of it: nothing vests from the day on which somebody is to leave, before that was carried out.
create view people.scheduled_leaving as
  select person_id, left_on from people.leaving where state = 'scheduled';

create unique index leaving_scheduled on people.leaving (person_id) where state = 'scheduled';
create index leaving_person on people.leaving (person_id, recorded_at);
-- What the worker looks for.
create index leaving_due on people.leaving (left_on) where state = 'scheduled';
create index leaving_open on people.leaving (id) where open;

-- What happened to a person, in the order in which it was recorded: level, transfer, leave, left, rehired.
create table people.event (
  id          uuid primary key,
  person_id   uuid not null references people.person,
  kind        text not null check (kind ~ '^[a-z][a-z_]{0,39}$'),
  day         date not null,
  body        jsonb not null check (jsonb_typeof(body) = 'object'),
  recorded_at timestamptz not null,
  recorded_by uuid
);

create index event_person on people.event (person_id, recorded_at, id);

revoke delete, truncate on people.leave, people.leaving from current_user;
revoke update, delete, truncate on people.event from current_user;
