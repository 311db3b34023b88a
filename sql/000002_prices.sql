-- Prices in two times: when they are in force (effective_from) and when Perq learned of them (recorded_at).
-- Nothing here is ever changed: what a call cost must be explainable for as long as its entry stands.
create schema prices;

create table prices.version (
  version     int primary key check (version > 0),
  kind        text not null check (kind in ('book', 'override')),
  hash        text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  source      text not null,
  licence     text not null,
  -- Never falls from one version to the next, so "as known at" cuts the versions once.
  recorded_at timestamptz not null,
  recorded_by text not null,
  -- The whole compiled book: a later release brings another, and old calls keep theirs.
  body        jsonb,
  check ((kind = 'book') = (body is not null))
);

create table prices.override (
  version              int primary key references prices.version,
  provider             text not null check (provider in ('openai', 'anthropic', 'google')),
  model                text not null check (model = lower(model) and length(model) between 1 and 128),
  effective_from       timestamptz not null,
  reason               text not null,
  -- All null: the override ends here and the book holds again.
  class                text check (class in ('small', 'standard', 'frontier', 'embedding')),
  context_window       int check (context_window > 0),
  max_output           int check (max_output >= 0),
  input_pico           bigint check (input_pico >= 0),
  cache_read_pico      bigint check (cache_read_pico >= 0),
  cache_write_5m_pico  bigint check (cache_write_5m_pico >= 0),
  cache_write_1h_pico  bigint check (cache_write_1h_pico >= 0),
  output_pico          bigint check (output_pico >= 0),
  tiers                jsonb,
  check (
    num_nonnulls(class, max_output, input_pico, cache_read_pico, cache_write_5m_pico, cache_write_1h_pico,
                 output_pico, tiers) in (0, 8)
  )
);

create function prices.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'prices are append-only: record another version instead';
end $$;

create trigger version_append_only before update or delete on prices.version
  for each row execute function prices.refuse_change();
create trigger override_append_only before update or delete on prices.override
  for each row execute function prices.refuse_change();
