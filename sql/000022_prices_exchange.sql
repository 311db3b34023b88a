-- What one asset is worth in another, and the share of its peak that an accelerator reaches: rows of two times, added and never changed.
-- Rates are fractions of smallest units: so many of `to_asset` for one of `from_asset`.

create table prices.exchange (
  id             uuid primary key,
  from_asset     text check (length(from_asset) between 1 and 100),
  to_asset       text check (length(to_asset) between 1 and 100),
  -- Of a utilisation: whose; null: of all that have none of their own.
  accelerator    text check (length(accelerator) between 1 and 40),
  -- Both null: the pair is not exchanged from then on.
  rate_n         numeric check (rate_n > 0 and scale(rate_n) = 0),
  rate_d         numeric check (rate_d > 0 and scale(rate_d) = 0),
  effective_from timestamptz not null,
  recorded_at    timestamptz not null,
  recorded_by    text not null,
  source         text not null check (length(source) between 1 and 300),
  constraint a_pair_or_a_utilisation check (
    num_nonnulls(from_asset, to_asset) = 2 and from_asset <> to_asset and accelerator is null and num_nonnulls(rate_n, rate_d) in (0, 2)
    or num_nonnulls(from_asset, to_asset) = 0 and num_nonnulls(rate_n, rate_d) = 2 and rate_n <= rate_d
  )
);

create trigger exchange_append_only before update or delete on prices.exchange
  for each row execute function prices.refuse_change();
