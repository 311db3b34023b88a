-- As in 000026, and the right is taken before the lock: PostgreSQL 15 gives such a lock only to who may change the table.
create or replace function ledger.open_month(p_month date, p_since timestamptz default null) returns boolean
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
    -- Nothing comes in behind the copy, and who reads does not wait. The right to delete is taken for this move alone.
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
