-- Where alerts are sent to outside Perq, and what became of each sending. Times and ids come from the caller.
create schema webhooks;

create table webhooks.endpoint (
  id            uuid primary key,
  -- Null: the company's own, which hears of everybody.
  person_id     uuid references people.person,
  url           text not null check (url ~ '^https?://' and length(url) <= 2000),
  -- Event types such as alert.velocity_paused; null: all.
  types         text[] check (cardinality(types) between 1 and 50),
  -- Sealed by the process; the one before is still signed with until `old_until`.
  secret        bytea not null,
  old_secret    bytea,
  old_until     timestamptz,
  created_at    timestamptz not null,
  -- Since when every sending has failed.
  failing_since timestamptz,
  disabled_at   timestamptz,
  disabled_why  text check ((disabled_why is null) = (disabled_at is null)),
  check ((old_secret is null) = (old_until is null))
);

create index endpoint_person on webhooks.endpoint (person_id);

-- One event for one endpoint. `event_id` is the alert's, and the receiver's key against repetition.
create table webhooks.delivery (
  endpoint_id uuid not null references webhooks.endpoint on delete cascade,
  event_id    uuid not null,
  type        text not null,
  at          timestamptz not null,
  person_id   uuid,
  body        jsonb not null,
  state       text not null check (state in ('waiting', 'delivered', 'failed')),
  attempts    int not null default 0,
  -- While waiting: not before. A claim moves it on, so that a process that dies loses nothing.
  next_at     timestamptz not null,
  -- Of the last attempt.
  tried_at    timestamptz,
  status      int,
  error       text,
  primary key (endpoint_id, event_id)
) with (fillfactor = 80);

create index delivery_due on webhooks.delivery (next_at) where state = 'waiting';
create index delivery_recent on webhooks.delivery (endpoint_id, at desc);

-- In the transaction of the alert: it is sent if and only if it was made.
create function webhooks.enqueue() returns trigger language plpgsql as $$
begin
  insert into webhooks.delivery (endpoint_id, event_id, type, at, person_id, body, state, next_at)
  select e.id, new.id, 'alert.' || new.kind, new.at, new.person_id, new.body, 'waiting', new.at
  from webhooks.endpoint e
  where e.disabled_at is null
    and (e.person_id is null or e.person_id = new.person_id)
    and (e.types is null or 'alert.' || new.kind = any (e.types));
  return null;
end $$;

create trigger alert_sent after insert on spending.alert for each row execute function webhooks.enqueue();
