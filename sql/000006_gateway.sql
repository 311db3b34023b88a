-- Where the gateway sends calls to. The provider's key is sealed by the process; the database never sees it in clear.
create schema gateway;

create table gateway.upstream (
  id         uuid primary key,
  name       text not null unique check (length(name) between 1 and 100),
  protocol   text not null check (protocol in ('openai', 'anthropic', 'gemini')),
  -- What an SDK of that protocol would be given as its base URL.
  base_url   text not null check (base_url ~ '^https?://' and length(base_url) <= 500),
  -- Null: the upstream wants no key.
  sealed_key bytea,
  enabled    boolean not null default true,
  -- Of several enabled upstreams for a protocol, the lowest number is used.
  priority   int not null default 50 check (priority between 0 and 100),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- Every process keeps the table in memory and reads it again when told, whoever wrote.
create function gateway.upstream_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('perq_gateway', '');
  return null;
end
$$;

create trigger upstream_changed after insert or update or delete or truncate on gateway.upstream
  for each statement execute function gateway.upstream_changed();
