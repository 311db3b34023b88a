-- Batches: calls that the provider answers within a day. Each has a hold of its own in the ledger, under the id of its row in
-- gateway.batch_call; what became of the call stands there, and here only what is needed to find it again.
--
-- A batch is `holding` while its holds are made, `sent` from the moment before its request leaves, `open` once the provider has given it
-- a name, and `settled` when every call of it has ended. `dropped` came to nothing: all its holds were released.
create table gateway.batch (
  id          uuid primary key,
  person_id   uuid not null,
  -- No reference: a batch is settled whatever became of the upstream's row.
  upstream_id uuid not null,
  upstream    text not null,
  state       text not null check (state in ('holding', 'sent', 'open', 'settled', 'dropped')),
  calls       int not null check (calls > 0),
  provider_id text,
  created_at  timestamptz not null,
  -- When a worker looks at it next; moved on before it looks, so that replicas take turns.
  due_at      timestamptz not null,
  deleted_at  timestamptz,
  -- The prices of its models, as they were when it was held.
  prices      jsonb not null,
  -- The provider's own words about it, the last that were heard.
  body        jsonb,
  -- What of the client's headers the provider needs again to find it.
  beta        text,
  unique (upstream_id, provider_id),
  check ((state in ('open', 'settled')) <= (provider_id is not null))
);

create index batch_person on gateway.batch (person_id, created_at desc, id desc) where provider_id is not null;
create index batch_due on gateway.batch (due_at) where state in ('holding', 'sent', 'open');

create table gateway.batch_call (
  -- The call's id in the ledger.
  id        uuid primary key,
  batch_id  uuid not null references gateway.batch,
  custom_id text not null,
  model     text not null,
  unique (batch_id, custom_id)
);
