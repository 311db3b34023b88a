-- Comparisons of offers that somebody chose to keep: what was typed, for as long as it is kept. Nothing says whose it is. The address is
-- a secret, kept as SHA-256 only, like every secret of this door. Times come from the caller.
create table api.comparison (
  hash       bytea primary key check (length(hash) = 32),
  ask        text not null check (octet_length(ask) <= 65536),
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);
create index comparison_expiry on api.comparison (expires_at);
