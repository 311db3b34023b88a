-- The ledger: the one room where value moves. Every row of ledger.entry moves an amount from one account to another;
-- wallets, lots and grant books carry running totals of those entries, guarded by the checks below, and
-- `perq ledger verify` proves that they agree. Amounts are bigint in the asset's smallest unit (USD: nano-dollars).
-- Times and ids come from the caller: nothing here reads a clock or invents an id.

create schema ledger;

create type ledger.account as enum (
  'promised', 'unvested', 'available', 'held', 'spent', 'expired', 'forfeited', 'revoked', 'absorbed'
);

create type ledger.kind as enum (
  'granted', 'vested', 'hold', 'settle', 'release', 'lapse', 'absorb', 'expire', 'forfeit', 'revoke', 'adjust'
);

-- A wallet row is what every change of its lots locks first, in id order. `last_at` keeps the wallet's own time from
-- running backwards, so that a balance at a past time is the same whenever it is asked.
create table ledger.wallet (
  id uuid primary key,
  person_id uuid not null,
  asset text not null check (asset in ('USD')),
  version bigint not null default 0,
  last_at timestamptz not null default 'epoch',
  unique (person_id, asset)
) with (fillfactor = 50);

create table ledger.grant_book (
  grant_id uuid primary key,
  wallet_id uuid not null references ledger.wallet,
  granted bigint not null check (granted >= 0),
  unvested bigint not null check (unvested >= 0),
  vested bigint not null default 0 check (vested >= 0),
  forfeited bigint not null default 0 check (forfeited >= 0),
  revoked bigint not null default 0 check (revoked >= 0),
  constraint granted_is_accounted_for check (granted = unvested + vested + forfeited + revoked)
) with (fillfactor = 70);

create index grant_book_wallet on ledger.grant_book (wallet_id);

-- Scopes are few and never change; a lot refers to one by number, and a hold names the numbers that admit it.
create table ledger.scope (
  id int generated always as identity primary key,
  body jsonb not null unique
);

create table ledger.lot (
  id uuid primary key,
  wallet_id uuid not null references ledger.wallet,
  grant_id uuid not null references ledger.grant_book,
  tranche int not null check (tranche >= 1),
  priority smallint not null check (priority between 0 and 100),
  scope_id int not null references ledger.scope,
  effective_at timestamptz not null,
  expires_at timestamptz check (expires_at > effective_at),
  vested bigint not null check (vested > 0),
  available bigint not null check (available >= 0),
  held bigint not null default 0 check (held >= 0),
  spent bigint not null default 0 check (spent >= 0),
  expired bigint not null default 0 check (expired >= 0),
  revoked bigint not null default 0 check (revoked >= 0),
  -- Kept as a column because an index predicate on the amounts would end in-place (HOT) updates.
  open boolean not null,
  unique (grant_id, tranche),
  constraint vested_is_accounted_for check (vested = available + held + spent + expired + revoked),
  constraint open_means_something_left check (open = (available > 0 or held > 0))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- The draw order: explicit priority, soonest expiry, oldest.
create index lot_draw on ledger.lot (wallet_id, priority, expires_at, effective_at, id) where open;
create index lot_wallet on ledger.lot (wallet_id);
create index lot_expiry on ledger.lot (expires_at) where open and expires_at is not null;

-- Which running process made a hold; when it stops being seen, its holds lapse.
create table ledger.owner (
  id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

-- Holds in flight and nothing else: a row leaves when its hold ends, so the table stays small.
create table ledger.hold (
  id uuid primary key,
  wallet_id uuid not null,
  amount bigint not null check (amount >= 0),
  floor bigint not null check (floor between 0 and amount),
  owner text not null,
  at timestamptz not null,
  expires_at timestamptz not null,
  -- The lot, where one lot holds it all: then its end need not look for its entries.
  lot_id uuid,
  -- What is known of the call; its usage row is written from this.
  person_id uuid not null,
  key_id uuid,
  door text not null,
  route text not null,
  model text not null,
  class text not null,
  provider text not null,
  upstream text not null,
  purpose text not null,
  price_version int not null
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Transaction ids begin anew in another cluster, as after a restore; what is added here keeps the entries' order going up.
create table ledger.epoch (
  one_row boolean primary key default true check (one_row),
  base bigint not null check (base >= 0)
);

insert into ledger.epoch values (true, 0);

create function ledger.writing_xid() returns bigint
language sql volatile as $$ select base + pg_current_xact_id()::text::bigint from ledger.epoch $$;

create table ledger.entry (
  seq bigint generated always as identity,
  transfer uuid not null,
  kind ledger.kind not null,
  n smallint not null,
  at timestamptz not null,
  source ledger.account not null,
  target ledger.account not null,
  -- The lot, or the grant where no lot is concerned, or neither (absorbed: outside every grant).
  lot_id uuid,
  grant_id uuid,
  party text,
  amount bigint not null check (amount > 0),
  price_version int,
  -- The transfer that a correction corrects.
  cause uuid,
  -- The writing transaction: what the seal follows, because sequences and clocks are both handed out before commit.
  xid bigint not null,
  primary key (transfer, kind, n),
  -- The moves that the typed templates make; no other can be written.
  constraint template_allows_move check ((kind, source, target) in (
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
    ('adjust', 'spent', 'available'), ('adjust', 'unvested', 'promised')
  )),
  constraint one_subject check (
    case kind when 'absorb' then lot_id is null and grant_id is null else (lot_id is null) <> (grant_id is null) end
  ),
  constraint spent_names_a_party check ((target = 'spent') <= (party is not null)),
  constraint correction_names_its_cause check ((kind = 'adjust') <= (cause is not null))
);

create index entry_lot on ledger.entry (lot_id, seq) where lot_id is not null;
create index entry_grant on ledger.entry (grant_id, seq) where grant_id is not null;
create index entry_seal_order on ledger.entry (xid, seq);

-- One row per finished call: what was used, what it cost. Written in the transaction that settles the hold.
create table ledger.usage (
  id uuid primary key,
  wallet_id uuid not null,
  person_id uuid not null,
  key_id uuid,
  at timestamptz not null,
  started_at timestamptz not null,
  door text not null,
  route text not null,
  model text not null,
  class text not null,
  provider text not null,
  upstream text not null,
  purpose text not null,
  price_version int not null,
  input bigint not null check (input >= 0),
  cache_read bigint not null check (cache_read >= 0),
  cache_write_5m bigint not null check (cache_write_5m >= 0),
  cache_write_1h bigint not null check (cache_write_1h >= 0),
  output bigint not null check (output >= 0),
  reasoning bigint not null check (reasoning >= 0),
  held bigint not null check (held >= 0),
  cost bigint not null check (cost >= 0),
  charged bigint not null check (charged between 0 and held),
  absorbed bigint not null check (absorbed >= 0),
  status text not null check (status in ('ok', 'cancelled', 'failed', 'lapsed')),
  estimated boolean not null,
  provider_id text,
  constraint cost_is_paid check (cost = charged + absorbed)
);

create index usage_wallet on ledger.usage (wallet_id, at desc);

-- The real usage of a call whose hold had lapsed before it came in.
create table ledger.late (
  id uuid primary key,
  at timestamptz not null,
  cost bigint not null check (cost >= 0),
  absorbed bigint not null check (absorbed >= 0),
  usage jsonb not null
);

-- Why a correction, a forfeiture or a revocation was made.
create table ledger.note (
  transfer uuid primary key,
  at timestamptz not null,
  reason text not null
);

create table ledger.seal (
  n bigint primary key,
  entry_seq bigint not null,
  hash bytea not null
);

create table ledger.seal_head (
  one_row boolean primary key default true check (one_row),
  n bigint not null,
  xid bigint not null,
  seq bigint not null,
  hash bytea not null
);

insert into ledger.seal_head values (true, 0, 0, 0, sha256('perq ledger'::bytea));

-- Append-only holds against our own program too: the role that owns these tables gives the right away.
revoke update, delete, truncate on ledger.entry, ledger.usage, ledger.seal, ledger.late, ledger.note from current_user;
