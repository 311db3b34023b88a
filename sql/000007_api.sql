-- The people's door: who is signed in, and what was already answered. Secrets are kept as SHA-256 only; whoever reads
-- these tables can sign in as nobody. Times come from the caller.

create schema api;

-- A link that signs one person in, once. It is consumed by deleting the row, so two clicks cannot both win.
create table api.signin_token (
  hash bytea primary key check (length(hash) = 32),
  person_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);

create index signin_token_expiry on api.signin_token (expires_at);

create table api.session (
  hash bytea primary key check (length(hash) = 32),
  person_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  -- Written at most once a minute, so that reading a page does not write.
  last_seen_at timestamptz not null
) with (fillfactor = 80);

create index session_person on api.session (person_id);
create index session_expiry on api.session (expires_at);

-- What a POST with an Idempotency-Key was answered. The row is claimed before the command runs and finished with its
-- answer; the command's own id is derived from the claim, so a crash in between is repaired by running it again.
create table api.idempotency (
  principal uuid not null,
  key text not null check (length(key) between 1 and 255),
  route text not null,
  body_hash bytea not null check (length(body_hash) = 32),
  status smallint,
  -- The text of the answer as it went out, without secrets.
  response text,
  created_at timestamptz not null,
  -- Until then the claimant is taken to be still at work.
  claimed_until timestamptz not null,
  primary key (principal, key),
  constraint answered_whole check ((status is null) = (response is null))
);

create index idempotency_age on api.idempotency (created_at);
