-- What hardware and tokens are offered for, in two times: an observation says what somebody asked for an hour of one GPU (or for
-- tokens of a model) and when that was seen; recorded_at says when it became known here. Nothing is ever changed: a correction is
-- the same offer recorded again, and the last recording holds.

create table prices.load (
  id          uuid primary key,
  kind        text not null check (kind in ('shipped', 'file', 'feed')),
  name        text not null check (length(name) between 1 and 100),
  -- Of the bytes that were read.
  hash        text not null check (hash ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz not null,
  recorded_by text not null,
  added       int not null check (added >= 0),
  -- Rows that were not taken, each with its reason; the first few of each.
  skipped     jsonb not null,
  -- Rows that lay in the future of recorded_at: the same bytes are to be read again later.
  ahead       int not null check (ahead >= 0)
);

create table prices.observation (
  -- From what it says, so that the same thing said twice is one row.
  fact           uuid not null,
  recorded_at    timestamptz not null,
  load           uuid not null references prices.load,
  provider       text not null check (provider ~ '^[a-z0-9][a-z0-9-]{0,59}$'),
  accelerator    text not null check (accelerator ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  form           text check (form in ('SXM', 'PCIe', 'NVL')),
  tier           text not null check (tier in ('on_demand', 'spot', 'marketplace_ask_min', 'marketplace_ask_median', 'reserved', 'index')),
  -- Null: wherever the provider has it.
  region         text check (length(region) between 1 and 60),
  term_months    int check (term_months between 1 and 120),
  -- Which of a provider's offers: an instance type, or an index; empty where the source names none.
  offer          text not null check (length(offer) <= 100),
  -- Nano-dollars for an hour of one GPU; least and most while it was seen.
  price_nano     bigint not null check (price_nano > 0),
  low_nano       bigint not null check (low_nano > 0),
  high_nano      bigint not null check (high_nano >= price_nano),
  -- From when it holds; after observed_at where it was announced for a time to come.
  effective_from timestamptz not null,
  -- When it was last seen.
  observed_at    timestamptz not null,
  source         text not null check (length(source) between 1 and 300),
  licence        text not null check (length(licence) between 1 and 60),
  quality        text not null check (quality in ('ok', 'thin', 'resold', 'placeholder', 'below_floor', 'above_ceiling', 'synthetic', 'other_meaning', 'withdrawn')),
  note           text check (length(note) between 1 and 300),
  primary key (fact, recorded_at),
  check (low_nano <= price_nano),
  check ((tier = 'reserved') = (term_months is not null)),
  check (observed_at <= recorded_at)
);

create index observation_accelerator on prices.observation (accelerator, observed_at);

create table prices.token_event (
  fact           uuid not null,
  recorded_at    timestamptz not null,
  load           uuid not null references prices.load,
  provider       text not null check (length(provider) between 1 and 60),
  model          text not null check (length(model) between 1 and 128),
  -- Pico-dollars for one token.
  input_pico     bigint not null check (input_pico >= 0),
  output_pico    bigint not null check (output_pico >= 0),
  cached_pico    bigint check (cached_pico >= 0),
  -- The day from which a source shows it, or from which it says that it holds: that may lie ahead.
  effective_from date not null,
  source         text not null check (length(source) between 1 and 300),
  revision       text check (length(revision) between 1 and 100),
  licence        text not null check (length(licence) between 1 and 60),
  primary key (fact, recorded_at)
);

create index token_event_model on prices.token_event (provider, model, effective_from);

-- What it costs to own an accelerator, as the company reckons; a row holds from its date until the next of that accelerator.
create table prices.ownership (
  id             uuid primary key,
  accelerator    text not null check (accelerator ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  -- As `perq price ownership` takes them: decimals as text.
  terms          jsonb not null,
  effective_from timestamptz not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  source         text not null check (length(source) between 1 and 300)
);

create index ownership_accelerator on prices.ownership (accelerator);

-- Marks that somebody relied on, with everything they were made of: the text of the inputs is what the hash is of.
create table prices.mark (
  hash        text primary key check (hash ~ '^[0-9a-f]{64}$'),
  accelerator text not null,
  basis       text not null check (basis in ('list', 'replacement', 'index', 'cost')),
  as_of       date not null,
  inputs      text not null,
  outcome     text not null,
  recorded_at timestamptz not null
);

-- How each feed went, kept whether it went well or not.
create table prices.feed_run (
  id       uuid primary key,
  feed     text not null check (length(feed) between 1 and 60),
  at       timestamptz not null,
  load     uuid references prices.load,
  error    text check (length(error) between 1 and 1000),
  check (num_nonnulls(load, error) = 1)
);

create index feed_run_feed on prices.feed_run (feed, at);

create trigger load_append_only before update or delete on prices.load
  for each row execute function prices.refuse_change();
create trigger observation_append_only before update or delete on prices.observation
  for each row execute function prices.refuse_change();
create trigger token_event_append_only before update or delete on prices.token_event
  for each row execute function prices.refuse_change();
create trigger ownership_append_only before update or delete on prices.ownership
  for each row execute function prices.refuse_change();
create trigger mark_append_only before update or delete on prices.mark
  for each row execute function prices.refuse_change();
