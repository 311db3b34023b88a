-- Keys that spend a person's wallet, and who may use which class of model.
create schema spending;

create table spending.key (
  id            uuid primary key,
  person_id     uuid not null references people.person,
  name          text not null check (length(name) between 1 and 80),
  -- SHA-256 of the secret, in hex. The secret itself is shown once and kept nowhere.
  hash          text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  prefix        text not null,
  purpose       text not null check (purpose in ('work', 'learning', 'personal', 'open_source')),
  -- Globs over model names; null means every model that the person's level may use.
  models        text[] check (cardinality(models) between 1 and 50),
  created_at    timestamptz not null,
  expires_at    timestamptz check (expires_at > created_at),
  revoked_at    timestamptz,
  first_used_at timestamptz,
  last_used_at  timestamptz,
  check ((first_used_at is null) = (last_used_at is null))
) with (fillfactor = 80);

create index key_person on spending.key (person_id, created_at);

-- The latest version holds; earlier ones stay, so that it can be told who might use what and when.
create table spending.policy (
  version     int generated always as identity primary key,
  recorded_at timestamptz not null,
  recorded_by text not null,
  body        jsonb not null
);

create function spending.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'policy is append-only: record another version instead';
end $$;

create trigger policy_append_only before update or delete on spending.policy
  for each row execute function spending.refuse_change();
