-- Usage by months. Call ids are time-ordered (uuid v7), so the bound of a month is an id: the key stays the id alone, is unique over
-- all months, and a look-up by id goes to one of them. What lies outside every month that is open (derived ids, odd clocks, and all
-- that was written before this migration) lies in ledger.usage_rest. Nothing here rewrites or reads a row, so it takes as long on a big table.

-- The writing transaction, as entries have it: what the roll-up follows. Rows from before have 0.
alter table ledger.usage add tx bigint not null default 0;
alter table ledger.usage alter tx set default ledger.writing_xid();
alter table ledger.late add tx bigint not null default 0;
alter table ledger.late alter tx set default ledger.writing_xid();
alter table ledger.note add tx bigint not null default 0;
alter table ledger.note alter tx set default ledger.writing_xid();

-- Both are short: late usage and corrections are rare.
create index late_tx on ledger.late (tx);
create index late_at on ledger.late (at);
create index note_tx on ledger.note (tx);
create index note_at on ledger.note (at);

alter table ledger.usage rename to usage_rest;
alter index ledger.usage_pkey rename to usage_rest_pkey;
alter index ledger.usage_wallet rename to usage_rest_wallet;

create table ledger.usage (like ledger.usage_rest including defaults including constraints) partition by range (id);
alter table ledger.usage add primary key (id);
create index usage_wallet on ledger.usage (wallet_id, at desc);
-- With no other part there is nothing that its rows could belong to instead: they are not read.
alter table ledger.usage attach partition ledger.usage_rest default;
revoke update, delete, truncate on ledger.usage from current_user;

-- A table that is large already gets it beside the calls, from the worker's duty that opens months.
do $$ begin
  if pg_relation_size('ledger.usage_rest') < 64 * 1024 * 1024 then
    create index usage_rest_brin on ledger.usage_rest using brin (tx, at) with (pages_per_range = 32, autosummarize = on);
  end if;
end $$;

-- A view knows its tables by number and would go on with the renamed one.
do $$ begin
  execute 'create or replace view ledger.spoken as ' || replace(pg_get_viewdef('ledger.spoken'::regclass), 'ledger.usage_rest ', 'ledger.usage ');
end $$;

-- No id that is made at or after `at` lies below, and none made before lies above.
create function ledger.first_id(at timestamptz) returns uuid
language sql immutable parallel safe as $$
  select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

create function ledger.month_name(month date) returns text
language sql immutable parallel safe as $$ select 'usage_' || to_char(date_trunc('month', month::timestamp), 'YYYY_MM') $$;

-- The parts that are open. A month has one, or two where much of it lay in ledger.usage_rest when its later part was opened.
create table ledger.month (
  part text primary key,
  month date not null check (extract(day from month) = 1),
  low uuid not null unique,
  high uuid not null check (high > low)
);

-- Months whose calls lie in a file and no longer here, and what the file must be to be believed.
create table ledger.archive (
  month date primary key check (extract(day from month) = 1),
  -- The ids of the month.
  low uuid not null,
  high uuid not null check (high > low),
  file text not null,
  calls bigint not null check (calls >= 0),
  charged numeric not null,
  absorbed numeric not null,
  sha256 bytea not null check (length(sha256) = 32),
  archived_at timestamptz not null
);

-- The ids of a month, from `since` on, as far as no part of it is open: from and before; nothing where all of it is.
create function ledger.month_span(p_month date, p_since timestamptz, out month date, out low uuid, out high uuid)
language plpgsql stable as $$
declare
  opens timestamp := date_trunc('month', p_month::timestamp);
begin
  month := opens;
  low := ledger.first_id(greatest(opens at time zone 'UTC', p_since));
  high := ledger.first_id((opens + interval '1 month') at time zone 'UTC');
  high := least(high, (select m.low from ledger.month m where m.month = month_span.month order by m.low limit 1));
  if low >= high then low := null; high := null; end if;
end
$$;

-- The first step to a part beside much that lies in ledger.usage_rest: a promise that none of it is of that part, to be proved
-- without anybody waiting for it.
create function ledger.exclude_month(p_month date, p_since timestamptz default null) returns text
language plpgsql
set lock_timeout = '2s'
as $$
declare
  name text := 'outside_' || ledger.month_name(p_month);
begin
  execute format('alter table ledger.usage_rest drop constraint if exists %I', name);
  execute format('alter table ledger.usage_rest add constraint %I check (id < %L or id >= %L) not valid', name, s.low, s.high)
  from ledger.month_span(p_month, p_since) s where s.low is not null;
  return name;
end
$$;

-- Makes the part of a month and moves into it what lies in ledger.usage_rest; false where there is nothing to do. With
-- ledger.exclude_month() before it, and proved, what lies there is not read while calls wait.
create function ledger.open_month(p_month date, p_since timestamptz default null) returns boolean
language plpgsql
set lock_timeout = '2s'
as $$
declare
  name text := ledger.month_name(p_month);
  promise text := 'outside_' || ledger.month_name(p_month);
  span record; moves boolean;
begin
  perform pg_advisory_xact_lock(7377104116);
  select * into span from ledger.month_span(p_month, p_since);
  if span.low is null or exists (select from ledger.archive a where a.month = span.month) then return false; end if;
  moves := exists (select from ledger.usage_rest where id >= span.low and id < span.high);
  if exists (select from ledger.month m where m.month = span.month) then
    -- Its later part is open; this is what came before that.
    if not moves then return false; end if;
    name := name || '_before';
  end if;
  execute format('create table ledger.%I (like ledger.usage including defaults including constraints including indexes)', name);
  -- Both are written as time passes: a few bytes find what is new, or what is of an hour.
  execute format('create index %I on ledger.%I using brin (tx, at) with (pages_per_range = 32, autosummarize = on)', name || '_brin', name);
  execute format('revoke update, delete, truncate on ledger.%I from current_user', name);
  if moves then
    -- Nothing comes in behind the copy, and who reads does not wait. The right to delete is taken for this move alone, and
    -- before the lock: PostgreSQL 15 gives such a lock only to who may change the table.
    grant delete on ledger.usage_rest to current_user;
    lock table ledger.usage_rest in share row exclusive mode;
    execute format('insert into ledger.%I select * from ledger.usage_rest where id >= $1 and id < $2', name) using span.low, span.high;
    delete from ledger.usage_rest where id >= span.low and id < span.high;
    revoke delete on ledger.usage_rest from current_user;
  end if;
  if exists (select from pg_constraint c where c.conrelid = 'ledger.usage_rest'::regclass and c.conname = promise) then
    execute format('alter table ledger.usage_rest validate constraint %I', promise);
  end if;
  execute format('alter table ledger.usage attach partition ledger.%I for values from (%L) to (%L)', name, span.low, span.high);
  execute format('alter table ledger.usage_rest drop constraint if exists %I', promise);
  insert into ledger.month (part, month, low, high) values (name, span.month, span.low, span.high);
  return true;
end
$$;
