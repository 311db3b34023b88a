-- Seats of subscriptions: grants that count months of a seat, and what those seats were used for, as the clients tell it.
-- Times and ids come from the caller.

-- What a quantity counts. Everything that was granted before counts nano-dollars.
alter table grants.template add denomination text not null default 'usd' check (denomination in ('usd', 'seat_month'));
alter table grants.grant add denomination text not null default 'usd' check (denomination in ('usd', 'seat_month'));

create schema telemetry;

-- One row for each model request that a client told of. The provider's id of the request makes it count once, however often,
-- by whichever client and to whichever replica it is told.
create table telemetry.use (
  request_id     text primary key check (length(request_id) between 1 and 200),
  product        text not null check (length(product) between 1 and 40),
  person_id      uuid not null references people.person,
  -- Whose key told of it; the key decides whose use it is.
  key_id         uuid,
  at             timestamptz not null,
  received_at    timestamptz not null,
  -- The first day of its UTC month.
  month          date not null,
  model          text not null check (length(model) <= 200),
  session        text check (length(session) <= 200),
  input          bigint not null check (input >= 0),
  cache_read     bigint not null check (cache_read >= 0),
  cache_write_5m bigint not null check (cache_write_5m >= 0),
  cache_write_1h bigint not null check (cache_write_1h >= 0),
  output         bigint not null check (output >= 0),
  -- At list price, as the client reckons it, in nano-dollars: told, never charged.
  worth          bigint not null check (worth >= 0)
);

create index use_person on telemetry.use (person_id, at desc, request_id);

-- A person's months of a product, with the running totals of their uses, so that a wallet need not add up thousands of rows.
create table telemetry.month (
  person_id uuid not null references people.person,
  product   text not null,
  month     date not null,
  first_at  timestamptz not null,
  last_at   timestamptz not null,
  requests  bigint not null check (requests > 0),
  tokens    bigint not null check (tokens >= 0),
  worth     bigint not null check (worth >= 0),
  -- pending: no seat was asked for yet; backed: one month of a seat was spent for it; unbacked: there was none.
  state     text not null default 'pending' check (state in ('pending', 'backed', 'unbacked')),
  state_at  timestamptz not null,
  -- The ledger's transfer that spent it.
  transfer  uuid,
  primary key (person_id, product, month),
  constraint backed_names_its_transfer check ((state = 'backed') = (transfer is not null))
) with (fillfactor = 70);

create index month_pending on telemetry.month (state_at) where state = 'pending';

-- What was told stays as it was told.
revoke update, delete, truncate on telemetry.use from current_user;
revoke delete, truncate on telemetry.month from current_user;
