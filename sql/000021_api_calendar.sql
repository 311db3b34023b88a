-- A secret address under which a person's calendar reads when their compute vests and expires. One each: making another ends the one
-- before. Kept as SHA-256 only, like every secret of this door. Times come from the caller.
create table api.calendar_feed (
  person_id  uuid primary key,
  hash       bytea not null unique check (length(hash) = 32),
  created_at timestamptz not null
);
