-- What was promised to whom: templates, the grants written from them, and the tranches each grant plans. Value itself
-- moves in the ledger only; a tranche here remembers that it did. Times and ids come from the caller.

create schema grants;

-- A change makes a new version: grants that were written from an old one must stay explainable.
create table grants.template (
  id         uuid primary key,
  name       text not null check (length(name) between 1 and 200),
  version    int not null check (version >= 1),
  statements jsonb not null check (jsonb_typeof(statements) = 'array'),
  allocation text not null,
  -- What a quantity given with this template counts: the whole grant, or one installment of so many.
  basis      jsonb not null check (basis ->> 'kind' in ('total', 'per_installment')),
  expiry     jsonb not null
    check (expiry ->> 'kind' in ('never', 'days_after_vest', 'on', 'end_of_month_after_vest')),
  scope      jsonb not null check (jsonb_typeof(scope) = 'object'),
  priority   smallint not null check (priority between 0 and 100),
  created_by uuid,
  created_at timestamptz not null
);

create unique index template_version on grants.template (lower(name), version);

-- The template's terms are copied: what was signed does not change when a template does.
create table grants.grant (
  id               uuid primary key,
  person_id        uuid not null,
  wallet_id        uuid not null,
  entity_id        uuid not null,
  -- No foreign key: its check needs the right to update templates, which is given away below with the right to delete.
  template_id      uuid not null,
  template_name    text not null,
  template_version int not null,
  statements       jsonb not null,
  allocation       text not null,
  expiry           jsonb not null,
  scope            jsonb not null,
  priority         smallint not null check (priority between 0 and 100),
  name             text not null check (length(name) between 1 and 200),
  quantity         bigint not null check (quantity > 0),
  start_date       date not null,
  grant_date       date not null,
  -- A draft is in no ledger; an ended grant vests no more.
  status           text not null check (status in ('draft', 'active', 'ended')),
  ended_on         date,
  created_by       uuid,
  created_at       timestamptz not null,
  constraint ended_has_a_day check ((status = 'ended') = (ended_on is not null))
);

create index grant_person on grants.grant (person_id, created_at, id);
create index grant_template on grants.grant (template_id);

create table grants.tranche (
  grant_id     uuid not null references grants.grant,
  n            int not null check (n >= 1),
  date         date not null,
  quantity     bigint not null check (quantity > 0),
  vested_at    timestamptz,
  forfeited_at timestamptz,
  primary key (grant_id, n),
  constraint one_end check (vested_at is null or forfeited_at is null)
);

-- What the worker looks for: only what is still to come, soonest first.
create index tranche_due on grants.tranche (date, grant_id, n) where vested_at is null and forfeited_at is null;

-- What was signed stays: a version of a template never changes, and nothing is ever removed.
revoke update, delete, truncate on grants.template from current_user;
revoke delete, truncate on grants.grant, grants.tranche from current_user;
