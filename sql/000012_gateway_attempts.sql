-- Several upstreams for one model: who serves what, and what came of each try.
alter table gateway.upstream
  -- Globs of model names, such as gpt-5*; null serves every model.
  add column models text[] check (cardinality(models) between 1 and 100),
  -- Takes calls only while no other upstream of its protocol is enabled: the built-in provider, whose words nobody
  -- wants to pay for in the place of a real one that is down.
  add column stand_in boolean not null default false;

-- One row for each time a call was sent to an upstream. Written behind the calls, so it may lack the last moments
-- before an outage; money never depends on it. The highest n of a call names the upstream that answered, which may be
-- another than the one its hold (and so its usage row) began with.
create table gateway.attempt (
  call          uuid not null,
  n             smallint not null check (n between 1 and 10),
  -- No reference: a row that comes late must not fail.
  upstream_id   uuid not null,
  upstream      text not null,
  -- Null: a test or a free route, nobody's call.
  model         text,
  at            timestamptz not null,
  -- Null: no head of a reply came.
  status        int,
  outcome       text not null check (outcome in
    ('ok', 'refused', 'busy', 'error', 'unsent', 'timeout', 'broken', 'cancelled')),
  -- The next upstream was asked after this one.
  passed_on     boolean not null,
  error         text,
  -- From the sending to the first byte of the reply's body, and to the end of the call.
  first_byte_ms int,
  total_ms      int not null,
  -- How the upstream stood afterwards, in the process that asked: failures in a row, and spared until when.
  failures      int not null,
  cooling_until timestamptz,
  primary key (call, n)
);

create index attempt_upstream on gateway.attempt (upstream_id, at desc);
create index attempt_at on gateway.attempt using brin (at);

-- What Perq itself refused to a key that it knows. The same refusal of the same key within a minute raises count.
create table gateway.denial (
  id        uuid primary key,
  at        timestamptz not null,
  person_id uuid not null,
  key_id    uuid not null,
  door      text not null,
  route     text not null,
  -- Null: the call was refused before it named one.
  model     text,
  code      text not null,
  message   text not null,
  -- nano-dollars that were missing, where that is known.
  short     bigint,
  count     int not null check (count > 0)
);

create index denial_person on gateway.denial (person_id, at desc, id desc);
create index denial_at on gateway.denial using brin (at);
