-- Roll-ups: what calls used and cost, added up by hour, person, key and everything else that pages tell calls by. They follow the
-- writing transactions as the seal does, and their head moves in the commit that adds to them: whatever stands at the head is exact,
-- and what was written since is read from the calls themselves.

-- What is added up, one row for each fact: a call when it ended; what came in late of a call, when it came in and (belated) once more
-- at its own end; a correction when it was made. Everything that adds up usage, here or in a report, adds up these rows.
create view ledger.used as
select u.tx, u.id, u.wallet_id, u.at, u.key_id, u.model, u.class, u.provider, u.upstream,
  u.door, u.purpose, u.status, coalesce(u.variant, 'at_once') as variant,
  u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h > 200000 as long,
  1 as calls, u.charged, u.absorbed, 0::bigint as corrected, 0::bigint as late, 0::bigint as belated,
  u.input, u.cache_read, u.cache_write_5m, u.cache_write_1h, u.output, u.reasoning, u.audio_input, u.audio_cache_read, u.searches
from ledger.usage u
union all
select c.tx, c.id, u.wallet_id, c.at, u.key_id, u.model, u.class, u.provider, u.upstream,
  u.door, u.purpose, u.status, coalesce(u.variant, 'at_once') as variant,
  u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h > 200000 as long,
  0, 0, 0, 0, c.absorbed, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from ledger.late c join ledger.usage u on u.id = c.id
union all
select c.tx, c.id, u.wallet_id, u.at, u.key_id, u.model, u.class, u.provider, u.upstream,
  u.door, u.purpose, u.status, coalesce(u.variant, 'at_once') as variant,
  u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h > 200000 as long,
  0, 0, 0, 0, 0, c.absorbed, 0, 0, 0, 0, 0, 0, 0, 0, 0
from ledger.late c join ledger.usage u on u.id = c.id
union all
-- Of a call whose row is archived only what was given back is known here.
select n.tx, n.transfer, l.wallet_id, n.at, u.key_id, coalesce(u.model, ''), coalesce(u.class, ''), coalesce(u.provider, ''),
  coalesce(u.upstream, ''), coalesce(u.door, ''), coalesce(u.purpose, ''), coalesce(u.status, ''), coalesce(u.variant, 'at_once'),
  coalesce(u.input + u.cache_read + u.cache_write_5m + u.cache_write_1h > 200000, false),
  0, 0, 0, e.amount, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from ledger.note n join ledger.entry e on e.transfer = n.transfer and e.kind = 'adjust' and e.source = 'spent'
  join ledger.lot l on l.id = e.lot_id left join ledger.usage u on u.id = e.cause;

-- Few, and never changed: a roll-up refers to one by number.
create table ledger.usage_shape (
  id int generated always as identity primary key,
  model text not null, class text not null, provider text not null, upstream text not null, door text not null,
  purpose text not null, status text not null, variant text not null, long boolean not null,
  unique (model, class, provider, upstream, door, purpose, status, variant, long)
);

create table ledger.usage_hour (
  wallet_id uuid not null,
  hour timestamptz not null,
  key_id uuid,
  shape_id int not null references ledger.usage_shape,
  calls bigint not null, charged bigint not null, absorbed bigint not null, corrected bigint not null, late bigint not null,
  belated bigint not null, input bigint not null, cache_read bigint not null, cache_write_5m bigint not null, cache_write_1h bigint not null,
  output bigint not null, reasoning bigint not null, audio_input bigint not null, audio_cache_read bigint not null, searches bigint not null
) with (fillfactor = 80);

create unique index usage_hour_key on ledger.usage_hour (wallet_id, hour, shape_id, key_id) nulls not distinct;
create index usage_hour_brin on ledger.usage_hour using brin (hour) with (pages_per_range = 32, autosummarize = on);

-- By person and day, for lists of people and their curves.
create table ledger.wallet_day (
  wallet_id uuid not null,
  day date not null,
  class text not null,
  calls bigint not null, charged bigint not null, corrected bigint not null,
  primary key (wallet_id, day, class)
) with (fillfactor = 80);

-- Of everybody together.
create table ledger.company_hour (
  hour timestamptz not null,
  shape_id int not null references ledger.usage_shape,
  calls bigint not null, charged bigint not null, absorbed bigint not null, corrected bigint not null, late bigint not null,
  belated bigint not null, input bigint not null, cache_read bigint not null, cache_write_5m bigint not null, cache_write_1h bigint not null,
  output bigint not null, reasoning bigint not null, audio_input bigint not null, audio_cache_read bigint not null, searches bigint not null,
  primary key (hour, shape_id)
) with (fillfactor = 80);

-- As ledger.used says them.
create view ledger.rolled as
select r.wallet_id, r.hour as at, r.key_id, s.model, s.class, s.provider, s.upstream, s.door, s.purpose, s.status, s.variant, s.long,
  r.calls, r.charged, r.absorbed, r.corrected, r.late, r.belated, r.input, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output,
  r.reasoning, r.audio_input, r.audio_cache_read, r.searches
from ledger.usage_hour r join ledger.usage_shape s on s.id = r.shape_id;

create view ledger.rolled_company as
select r.hour as at, s.model, s.class, s.provider, s.upstream, s.door, s.purpose, s.status, s.variant, s.long,
  r.calls, r.charged, r.absorbed, r.corrected, r.late, r.belated, r.input, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output,
  r.reasoning, r.audio_input, r.audio_cache_read, r.searches
from ledger.company_hour r join ledger.usage_shape s on s.id = r.shape_id;

-- Added up is what transactions up to `tx` wrote, and of what stands from before there were roll-ups (tx 0) ids up to `old`.
create table ledger.rollup_head (
  one_row boolean primary key default true check (one_row),
  tx bigint not null,
  old uuid not null
);

insert into ledger.rollup_head values (true, 0, '00000000-0000-0000-0000-000000000000');

-- Adds up the facts of those transactions with those ids; answers how many there were.
create function ledger.fold(p_after bigint, p_upto bigint, p_from uuid, p_to uuid) returns bigint
language plpgsql
-- What a first batch and one of a running server read differs by orders of magnitude.
set plan_cache_mode = force_custom_plan
as $$
declare
  facts bigint;
begin
  insert into ledger.usage_shape (model, class, provider, upstream, door, purpose, status, variant, long)
  select model, class, provider, upstream, door, purpose, status, variant, long from ledger.used
  where tx > p_after and tx <= p_upto and id > p_from and id <= p_to
  except select model, class, provider, upstream, door, purpose, status, variant, long from ledger.usage_shape;

  with added as materialized (
    select u.wallet_id, date_trunc('hour', u.at, 'UTC') as hour, u.key_id, s.id as shape_id, s.class, count(*) as facts,
      sum(u.calls)::bigint as calls, sum(u.charged)::bigint as charged, sum(u.absorbed)::bigint as absorbed, sum(u.corrected)::bigint as
      corrected, sum(u.late)::bigint as late, sum(u.belated)::bigint as belated, sum(u.input)::bigint as input, sum(u.cache_read)::bigint as
      cache_read, sum(u.cache_write_5m)::bigint as cache_write_5m, sum(u.cache_write_1h)::bigint as cache_write_1h, sum(u.output)::bigint as
      output, sum(u.reasoning)::bigint as reasoning, sum(u.audio_input)::bigint as audio_input, sum(u.audio_cache_read)::bigint as
      audio_cache_read, sum(u.searches)::bigint as searches
    from ledger.used u join ledger.usage_shape s using (model, class, provider, upstream, door, purpose, status, variant, long)
    where u.tx > p_after and u.tx <= p_upto and u.id > p_from and u.id <= p_to
    group by 1, 2, 3, 4, 5
  ), hours as (
    insert into ledger.usage_hour as r (wallet_id, hour, key_id, shape_id,
      calls, charged, absorbed, corrected, late, belated, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input,
      audio_cache_read, searches)
    select wallet_id, hour, key_id, shape_id,
      calls, charged, absorbed, corrected, late, belated, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input,
      audio_cache_read, searches
    from added order by hour, wallet_id
    on conflict (wallet_id, hour, shape_id, key_id) do update set
      calls = r.calls + excluded.calls, charged = r.charged + excluded.charged, absorbed = r.absorbed + excluded.absorbed, corrected =
      r.corrected + excluded.corrected, late = r.late + excluded.late, belated = r.belated + excluded.belated, input = r.input +
      excluded.input, cache_read = r.cache_read + excluded.cache_read, cache_write_5m = r.cache_write_5m + excluded.cache_write_5m,
      cache_write_1h = r.cache_write_1h + excluded.cache_write_1h, output = r.output + excluded.output, reasoning = r.reasoning +
      excluded.reasoning, audio_input = r.audio_input + excluded.audio_input, audio_cache_read = r.audio_cache_read +
      excluded.audio_cache_read, searches = r.searches + excluded.searches
  ), days as (
    insert into ledger.wallet_day as r (wallet_id, day, class, calls, charged, corrected)
    select wallet_id, (hour at time zone 'UTC')::date, class, sum(calls), sum(charged), sum(corrected)
    from added group by 1, 2, 3 order by 2, 1
    on conflict (wallet_id, day, class) do update
    set calls = r.calls + excluded.calls, charged = r.charged + excluded.charged, corrected = r.corrected + excluded.corrected
  ), company as (
    insert into ledger.company_hour as r (hour, shape_id,
      calls, charged, absorbed, corrected, late, belated, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input,
      audio_cache_read, searches)
    select hour, shape_id,
      sum(calls), sum(charged), sum(absorbed), sum(corrected), sum(late), sum(belated), sum(input), sum(cache_read), sum(cache_write_5m),
      sum(cache_write_1h), sum(output), sum(reasoning), sum(audio_input), sum(audio_cache_read), sum(searches)
    from added group by 1, 2 order by 1, 2
    on conflict (hour, shape_id) do update set
      calls = r.calls + excluded.calls, charged = r.charged + excluded.charged, absorbed = r.absorbed + excluded.absorbed, corrected =
      r.corrected + excluded.corrected, late = r.late + excluded.late, belated = r.belated + excluded.belated, input = r.input +
      excluded.input, cache_read = r.cache_read + excluded.cache_read, cache_write_5m = r.cache_write_5m + excluded.cache_write_5m,
      cache_write_1h = r.cache_write_1h + excluded.cache_write_1h, output = r.output + excluded.output, reasoning = r.reasoning +
      excluded.reasoning, audio_input = r.audio_input + excluded.audio_input, audio_cache_read = r.audio_cache_read +
      excluded.audio_cache_read, searches = r.searches + excluded.searches
  )
  select coalesce(sum(added.facts), 0) into facts from added;
  return facts;
end
$$;

-- One bounded step, of about p_limit calls that stand from before or p_limit transactions; answers whether there is more to do.
-- Only transactions below the snapshot's xmin are taken: all of those have ended, so nothing can later commit among them.
create function ledger.roll_up(p_limit int) returns boolean
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
  none constant uuid := '00000000-0000-0000-0000-000000000000';
  every constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  head ledger.rollup_head;
  last uuid; newest bigint; upto bigint; facts bigint;
begin
  -- Another is at it already.
  select * into head from ledger.rollup_head for no key update skip locked;
  if head is null then return false; end if;

  if head.old < every then
    select x.id into last
    from (select id from ledger.usage_rest where tx = 0 and id > head.old order by id limit p_limit) x order by x.id desc limit 1;
    -- The last step takes late usage and corrections that are left, and what was moved into months meanwhile.
    last := coalesce(last, every);
    perform ledger.fold(-1, 0, head.old, last);
    update ledger.rollup_head set old = last;
    return true;
  end if;

  newest := (select base from ledger.epoch) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1;
  if newest <= head.tx then return false; end if;
  upto := least(newest, head.tx + p_limit);
  facts := ledger.fold(head.tx, upto, none, every);
  if facts = 0 then
    -- On to the first that wrote something.
    select least(
      (select min(tx) from ledger.usage where tx > upto and tx <= newest),
      (select min(tx) from ledger.late where tx > upto and tx <= newest),
      (select min(tx) from ledger.note where tx > upto and tx <= newest)) - 1 into upto;
    if upto is null then return false; end if;
  end if;
  update ledger.rollup_head set tx = upto;
  return upto < newest;
end
$$;

-- As in 000009, and the roll-up and the calls behind it are gone on above too.
create or replace function ledger.rebase() returns void
language sql as $$
  update ledger.epoch e set base = n.newest from (
    select greatest(h.xid, r.tx, coalesce((select x.xid from ledger.entry x order by x.xid desc, x.seq desc limit 1), 0),
      (select max(u.tx) from ledger.usage u where u.tx > r.tx)) as newest
    from ledger.seal_head h, ledger.rollup_head r
  ) n where e.base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint <= n.newest
$$;
