-- The velocity guard and what people are told: pauses of a wallet, the confirmations that ended them, alerts.
-- Times and ids come from the caller.

-- What somebody should know. Written in the transaction of its cause where there is one; a cause alerts once, whichever
-- process sees it first. Texts are made from kind and body when they are read.
create table spending.alert (
  id        uuid primary key,
  -- Null: it concerns the company, not one person.
  person_id uuid references people.person,
  kind      text not null check (kind ~ '^[a-z][a-z0-9_]{2,39}$'),
  at        timestamptz not null,
  body      jsonb not null,
  seen_at   timestamptz,
  -- Names the cause, such as "velocity:<wallet>:hour:slow:<period>"; null when every one counts.
  cause     text unique check (length(cause) <= 200)
);

create index alert_person on spending.alert (person_id, at desc, id desc);
create index alert_time on spending.alert (at desc, id desc);
create index alert_unseen on spending.alert (person_id) where seen_at is null;

-- A wallet stands still until its person confirms. One pause at a time: the first process that sees it makes it.
create table spending.pause (
  id         uuid primary key,
  wallet_id  uuid not null,
  person_id  uuid not null references people.person,
  at         timestamptz not null,
  span       text not null check (span in ('five_minutes', 'hour', 'day')),
  -- Nano-dollars: spent in the window when it began, what the window allowed, the person's usual most.
  spent      bigint not null check (spent >= 0),
  allowed    bigint not null check (allowed >= 0),
  baseline   bigint not null check (baseline >= 0),
  -- What the refused call would have brought the window to, when that is what paused it.
  wanted     bigint not null check (wanted >= 0),
  ended_at   timestamptz check (ended_at >= at)
);

create unique index pause_open on spending.pause (wallet_id) where ended_at is null;
create index pause_person on spending.pause (person_id, at desc);

-- The person said "this is me": limits are so many times what they were, until then. Never changed, never removed.
create table spending.confirmation (
  id         uuid primary key,
  wallet_id  uuid not null,
  person_id  uuid not null references people.person,
  at         timestamptz not null,
  until      timestamptz not null check (until > at),
  times      int not null check (times between 2 and 1048576),
  -- Null: confirmed while calls were slowed, before any pause.
  pause_id   uuid references spending.pause
);

create index confirmation_wallet on spending.confirmation (wallet_id, at desc);

create function spending.refuse_confirmation_change() returns trigger language plpgsql as $$
begin
  raise exception 'confirmations are append-only';
end $$;

create trigger confirmation_append_only before update or delete on spending.confirmation
  for each row execute function spending.refuse_confirmation_change();
