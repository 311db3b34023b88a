-- What a key may spend within a window of its own, whatever its wallet holds: a cap. ledger.spend() keeps it in the transaction of
-- each hold and each end; the wallet's lock covers it, because a key belongs to one wallet.

create table ledger.cap (
  key_id uuid primary key,
  wallet_id uuid not null references ledger.wallet,
  amount bigint not null check (amount >= 0),
  -- Calendar windows in UTC, weeks from Monday; null: one window for ever.
  period text check (period in ('day', 'week', 'month')),
  -- The newest window that the key used or was given its cap in. It only goes forward, as the wallet's own time does.
  window_start timestamptz not null,
  -- Of the calls whose hold was made in that window: what they hold, and what those that ended were charged. What the company
  -- absorbed is not the key's. It may exceed an amount that was lowered later.
  used bigint not null check (used >= 0)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create index cap_wallet on ledger.cap (wallet_id);

-- Null for ever.
create function ledger.window_end(period text, start timestamptz) returns timestamptz
language sql immutable parallel safe as $$
  select ((start at time zone 'UTC') + case period when 'day' then interval '1 day' when 'week' then interval '7 days'
    when 'month' then interval '1 month' end) at time zone 'UTC'
$$;

-- As in 000010; new is the answer to a hold
--   5 capped (what is left in the key's window, when the next one begins in milliseconds or 0: never)
-- Keys without a cap cost one look-up for a whole batch.
create or replace function ledger.spend(
  p_owner text,
  p_kinds text[], p_ids uuid[], p_at bigint[], p_amounts bigint[], p_wallets uuid[], p_least bigint[], p_scopes text[],
  p_hold_i int[], p_floors bigint[], p_expires bigint[], p_persons uuid[], p_keys uuid[], p_doors text[], p_routes text[],
  p_models text[], p_classes text[], p_providers text[], p_upstreams text[], p_purposes text[], p_prices int[], p_variants text[],
  p_owners text[],
  p_end_i int[], p_started bigint[], p_input bigint[], p_cache_read bigint[], p_cache_write_5m bigint[], p_cache_write_1h bigint[],
  p_output bigint[], p_reasoning bigint[], p_audio_input bigint[], p_audio_cache_read bigint[], p_searches bigint[],
  p_statuses text[], p_estimated boolean[], p_provider_ids text[],
  out codes int[], out a bigint[], out b bigint[]
)
language plpgsql
set random_page_cost = 1.0
set seq_page_cost = 1.0
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
declare
  o record;
  xid bigint := ledger.writing_xid();
  count int := cardinality(p_ids);
  wallets uuid[];
  -- The locked wallets in id order, and the time that those who changed have now.
  w_id uuid[]; w_last timestamptz[]; w_at timestamptz[]; w int := 1;
  -- Their open lots, by wallet and in draw order.
  l_id uuid[]; l_wallet uuid[]; l_scope int[]; l_from timestamptz[]; l_to timestamptz[];
  l_available bigint[]; l_held bigint[]; l_spent bigint[];
  low int := 1; high int := 0;
  -- Their keys that have a cap, by wallet, and the windows and uses that those who changed have now; the key of each hold.
  c_key uuid[]; c_wallet uuid[]; c_amount bigint[]; c_period text[]; c_start timestamptz[]; c_used bigint[]; c_changed boolean[];
  c_low int := 1; c_high int := 0; cap int := 0; opens timestamptz; used bigint; most bigint; keys uuid[]; spender uuid;
  -- By operation: its time; the entries before its own; the lot of a hold that needs but one; party and price of its entries.
  moments timestamptz[] := array_fill(null::timestamptz, array[count]);
  before int[] := array_fill(0, array[count]);
  lot uuid[] := array_fill(null::uuid, array[count]);
  parties text[] := array_fill(null::text, array[count]);
  prices int[] := array_fill(null::int, array[count]);
  -- By entry: operation, lot, amount; whether it gives back what was held.
  e_i int[] := '{}'; e_p int[] := '{}'; e_amount bigint[] := '{}'; e_back boolean[] := '{}'; entries int := 0;
  -- The operation at hand.
  last_wallet uuid; moment timestamptz; first int; found bigint; part bigint; rest bigint; held bigint; p int;
  absorbs boolean := false; lates boolean := false; gone uuid[] := '{}';
begin
  codes := array_fill(0, array[count]);
  a := array_fill(0::bigint, array[count]);
  b := a;

  select array_agg(x.id), array_agg(x.last_at), array_agg(null::timestamptz) into w_id, w_last, w_at
  from (
    select t.id, t.last_at from ledger.wallet t
    where t.id = any (p_wallets || array(select h.wallet_id from ledger.hold h where h.id = any (p_ids)))
    order by t.id for no key update
  ) x;

  select array_agg(l.id), array_agg(l.wallet_id), array_agg(l.scope_id), array_agg(l.effective_at),
    array_agg(coalesce(l.expires_at, 'infinity')), array_agg(l.available), array_agg(l.held), array_agg(l.spent)
  into l_id, l_wallet, l_scope, l_from, l_to, l_available, l_held, l_spent
  from (
    select l.* from ledger.lot l
    where l.open and l.wallet_id = any (w_id)
    order by l.wallet_id, l.priority, l.expires_at, l.effective_at, l.id
  ) l;

  select array_agg(k.key_id), array_agg(k.wallet_id), array_agg(k.amount), array_agg(k.period), array_agg(k.window_start),
    array_agg(k.used), array_agg(false)
  into c_key, c_wallet, c_amount, c_period, c_start, c_used, c_changed
  from (select k.* from ledger.cap k where k.wallet_id = any (w_id) order by k.wallet_id) k;
  if c_key is not null then
    keys := array_fill(null::uuid, array[count]);
    for p in 1..cardinality(p_hold_i) loop keys[p_hold_i[p]] := p_keys[p]; end loop;
  end if;

  for o in
    select c.i, c.kind, c.id, to_timestamp(c.at / 1000::float8) as at, c.amount as most, c.least, c.scopes::int[] as scopes, c.wallet as named,
      coalesce(h.wallet_id, c.wallet) as wallet, h.id as hold, h.amount, h.floor, h.provider, h.price_version,
      h.key_id as key, h.at as made,
      case when h.lot_id is null then d.lots else array[h.lot_id] end as lots,
      case when h.lot_id is null then d.amounts else array[h.amount] end as amounts,
      r.total, r.released, u.id as used, u.cost as used_cost, u.charged as used_charged, u.absorbed as used_absorbed, u.status as used_status,
      u.late_cost, u.late_absorbed
    from unnest(p_kinds, p_ids, p_at, p_amounts, p_wallets, p_least, p_scopes)
      with ordinality as c(kind, id, at, amount, wallet, least, scopes, i)
    left join lateral (select * from ledger.hold t where t.id = c.id limit 1) h on true
    -- What a standing hold drew from several lots is read from its entries.
    left join lateral (
      select array_agg(e.lot_id) as lots, array_agg(e.amount) as amounts from (
        select e.lot_id, e.amount from ledger.entry e
        where e.transfer = c.id and e.kind = 'hold' and h.id is not null and h.lot_id is null order by e.n
      ) e
    ) d on true
    -- Only a call without a standing hold can have ended; the conditions inside spare the look-ups.
    left join lateral (
      select sum(e.amount) filter (where e.kind = 'hold')::bigint as total, bool_or(e.kind = 'release') as released
      from ledger.entry e where e.transfer = c.id and h.id is null
    ) r on true
    left join lateral (
      select t.*, l.cost as late_cost, l.absorbed as late_absorbed from ledger.usage t left join ledger.late l on l.id = t.id
      where t.id = c.id and h.id is null and (c.kind <> 'hold' or c.amount = 0) limit 1
    ) u on true
    order by coalesce(h.wallet_id, c.wallet), c.i
  loop
    -- The wallet and its slice of the lots; operations come by wallet, so both only move forward.
    if o.wallet is distinct from last_wallet then
      while w_id[w] < o.wallet loop w := w + 1; end loop;
      low := high + 1;
      while l_wallet[low] < o.wallet loop low := low + 1; end loop;
      high := low;
      while l_wallet[high] = o.wallet loop high := high + 1; end loop;
      high := high - 1;
      if c_key is not null then
        c_low := c_high + 1;
        while c_wallet[c_low] < o.wallet loop c_low := c_low + 1; end loop;
        c_high := c_low;
        while c_wallet[c_high] = o.wallet loop c_high := c_high + 1; end loop;
        c_high := c_high - 1;
      end if;
      moment := w_last[w];
      last_wallet := o.wallet;
    end if;
    moment := greatest(moment, o.at);

    -- The cap of the operation's key, as it stands in the window of this moment.
    cap := 0;
    if c_high >= c_low then
      spender := coalesce(o.key, keys[o.i]);
      for q in c_low..c_high loop
        if c_key[q] = spender then cap := q; exit; end if;
      end loop;
      if cap > 0 then
        opens := greatest(c_start[cap], date_trunc(c_period[cap], moment, 'UTC'));
        used := case when opens > c_start[cap] then 0 else c_used[cap] end;
      end if;
    end if;

    if o.kind = 'hold' then
      -- A hold that has ended is no hold: whoever asks again under its id must not go on as if it stood.
      if o.hold is not null or o.total is not null or o.used is not null then
        if o.hold is null or o.wallet <> o.named or o.amount > o.most or o.amount < o.least then
          codes[o.i] := 9;
        else
          codes[o.i] := 2; a[o.i] := o.amount;
        end if;
        continue;
      end if;
      if w_id[w] is distinct from o.wallet then codes[o.i] := 4; continue; end if;

      most := o.most;
      if cap > 0 then
        most := least(most, greatest(c_amount[cap] - used, 0));
        if most < o.least then
          codes[o.i] := 5; a[o.i] := most;
          b[o.i] := coalesce(date_part('epoch', ledger.window_end(c_period[cap], opens)) * 1000, 0);
          continue;
        end if;
      end if;

      found := 0; first := entries; p := low;
      while found < most and p <= high loop
        if l_available[p] > 0 and l_from[p] <= moment and l_to[p] > moment and (o.scopes is null or l_scope[p] = any (o.scopes)) then
          part := least(l_available[p], most - found);
          found := found + part;
          l_available[p] := l_available[p] - part;
          l_held[p] := l_held[p] + part;
          entries := entries + 1;
          e_i[entries] := o.i; e_p[entries] := p; e_amount[entries] := part; e_back[entries] := false;
        end if;
        p := p + 1;
      end loop;
      if found < o.least then
        while entries > first loop
          p := e_p[entries];
          l_available[p] := l_available[p] + e_amount[entries];
          l_held[p] := l_held[p] - e_amount[entries];
          entries := entries - 1;
        end loop;
        held := 0;
        for p in low..high loop held := held + l_held[p]; end loop;
        codes[o.i] := 3; a[o.i] := found; b[o.i] := held;
        continue;
      end if;
      if entries = first + 1 then lot[o.i] := l_id[e_p[entries]]; end if;
      codes[o.i] := 1; a[o.i] := found; moments[o.i] := moment; before[o.i] := first; w_at[w] := moment;
      if cap > 0 then c_start[cap] := opens; c_used[cap] := used + found; c_changed[cap] := true; end if;
      continue;
    end if;

    if o.hold is null then
      if o.kind = 'settle' and o.used is not null then
        if o.used_status = 'lapsed' and (o.late_cost is null or o.late_cost = o.most) then
          codes[o.i] := 13; a[o.i] := o.used_charged;
          b[o.i] := coalesce(o.late_absorbed, greatest(o.most - o.used_charged, 0));
          lates := lates or o.late_cost is null;
        elsif o.used_status = 'lapsed' or o.used_cost <> o.most then
          codes[o.i] := 9;
        else
          codes[o.i] := 12; a[o.i] := o.used_charged; b[o.i] := o.used_absorbed;
        end if;
      elsif o.kind = 'release' and o.released then
        codes[o.i] := 22;
      elsif o.kind <> 'lapse' and (o.released or o.used is not null) then
        codes[o.i] := 9;
      else
        codes[o.i] := 14;
      end if;
      continue;
    end if;

    -- The hold ends: what is charged stays in the lots that were drawn first, the rest goes back to its own lots.
    if o.kind = 'settle' then
      codes[o.i] := 11;
      rest := least(o.most, o.amount);
      if o.most > rest then b[o.i] := o.most - rest; absorbs := true; end if;
    elsif o.kind = 'lapse' then
      codes[o.i] := 31;
      rest := o.floor;
    else
      codes[o.i] := 21;
      rest := 0;
    end if;
    a[o.i] := rest; moments[o.i] := moment; before[o.i] := entries; w_at[w] := moment;
    parties[o.i] := o.provider; prices[o.i] := o.price_version; gone := gone || o.id;
    -- What an earlier window held stays in that window, whatever of it comes back.
    if cap > 0 then
      if o.made >= opens then used := used - (o.amount - rest); end if;
      c_start[cap] := opens; c_used[cap] := used; c_changed[cap] := true;
    end if;

    for q in 1..coalesce(cardinality(o.lots), 0) loop
      p := low;
      while l_id[p] <> o.lots[q] and p <= high loop p := p + 1; end loop;
      if p > high then raise exception 'hold % draws on lot % that is not open', o.id, o.lots[q]; end if;
      held := o.amounts[q];
      part := least(held, rest);
      l_held[p] := l_held[p] - held;
      if part > 0 then
        rest := rest - part;
        l_spent[p] := l_spent[p] + part;
        entries := entries + 1;
        e_i[entries] := o.i; e_p[entries] := p; e_amount[entries] := part; e_back[entries] := false;
      end if;
      if held > part then
        l_available[p] := l_available[p] + held - part;
        entries := entries + 1;
        e_i[entries] := o.i; e_p[entries] := p; e_amount[entries] := held - part; e_back[entries] := true;
      end if;
    end loop;
  end loop;

  update ledger.wallet t set version = t.version + 1, last_at = c.at
  from unnest(w_id, w_at) as c(id, at) where t.id = c.id and c.at is not null;

  if true = any (c_changed) then
    update ledger.cap k set window_start = c.start, used = c.used
    from unnest(c_key, c_start, c_used, c_changed) as c(key, start, used, changed) where k.key_id = c.key and c.changed;
  end if;

  update ledger.lot l set available = c.available, held = c.held, spent = c.spent, open = c.available > 0 or c.held > 0
  from unnest(l_id, l_available, l_held, l_spent) as c(id, available, held, spent)
  where l.id = c.id and (l.available <> c.available or l.held <> c.held or l.spent <> c.spent);

  if cardinality(p_hold_i) > 0 then
    insert into ledger.hold (id, wallet_id, amount, floor, lot_id, owner, at, expires_at, person_id, key_id, door, route, model, class,
      provider, upstream, purpose, price_version, variant)
    select p_ids[c.i], p_wallets[c.i], a[c.i], least(c.floor, a[c.i]), lot[c.i], coalesce(c.owner, p_owner), moments[c.i], to_timestamp(c.expires / 1000::float8),
      c.person, c.key, c.door, c.route, c.model, c.class, c.provider, c.upstream, c.purpose, c.price,
      c.variant
    from unnest(p_hold_i, p_floors, p_expires, p_persons, p_keys, p_doors, p_routes, p_models, p_classes, p_providers, p_upstreams,
        p_purposes, p_prices, p_variants, p_owners)
      as c(i, floor, expires, person, key, door, route, model, class, provider, upstream, purpose, price, variant, owner)
    where codes[c.i] = 1;
  end if;

  if cardinality(p_end_i) > 0 then
    insert into ledger.usage (id, wallet_id, person_id, key_id, at, started_at, door, route, model, class, provider, upstream,
      purpose, price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed,
      status, estimated, provider_id, audio_input, audio_cache_read, searches, variant)
    select h.id, h.wallet_id, h.person_id, h.key_id, moments[c.i], coalesce(to_timestamp(c.started / 1000::float8), moments[c.i]), h.door,
      h.route, h.model, h.class, h.provider, h.upstream, h.purpose, h.price_version, c.input, c.cache_read, c.cache_write_5m,
      c.cache_write_1h, c.output, c.reasoning, h.amount, a[c.i] + b[c.i], a[c.i], b[c.i], c.status, c.estimated, c.provider_id,
      c.audio_input, c.audio_cache_read, c.searches, h.variant
    from unnest(p_end_i, p_started, p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output, p_reasoning, p_audio_input,
        p_audio_cache_read, p_searches, p_statuses, p_estimated, p_provider_ids)
      as c(i, started, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input, audio_cache_read, searches,
        status, estimated, provider_id)
    cross join lateral (select * from ledger.hold t where t.id = p_ids[c.i] limit 1) h
    where codes[c.i] in (11, 31);
  end if;

  if cardinality(gone) > 0 then
    delete from ledger.hold where id = any (gone);
  end if;

  if entries > 0 then
    insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, price_version, xid)
    select p_ids[c.i], case codes[c.i] when 1 then 'hold' when 11 then 'settle' when 21 then 'release' else 'lapse' end::ledger.kind,
      c.seq - before[c.i] - 1, moments[c.i],
      case when codes[c.i] = 1 then 'available' else 'held' end::ledger.account,
      case when codes[c.i] = 1 then 'held' when c.back then 'available' else 'spent' end::ledger.account,
      l_id[c.p], case when not c.back then parties[c.i] end, c.amount, prices[c.i], xid
    from unnest(e_i, e_p, e_amount, e_back) with ordinality as c(i, p, amount, back, seq)
    where c.seq <= entries;
  end if;

  if absorbs then
    insert into ledger.entry (transfer, kind, n, at, source, target, party, amount, price_version, xid)
    select p_ids[i], 'absorb', 0, moments[i], 'absorbed', 'spent', parties[i], b[i], prices[i], xid
    from unnest(p_end_i) as i where codes[i] = 11 and b[i] > 0;
  end if;

  if lates then
    with came as (
      insert into ledger.late as t (id, at, cost, absorbed, usage)
      select p_ids[c.i], to_timestamp(p_at[c.i] / 1000::float8), p_amounts[c.i], b[c.i], to_jsonb(c) - 'i'
      from unnest(p_end_i, p_started, p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output, p_reasoning, p_audio_input,
          p_audio_cache_read, p_searches, p_statuses, p_estimated, p_provider_ids)
        as c(i, started, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input, audio_cache_read, searches,
          status, estimated, provider_id)
      where codes[c.i] = 13
      on conflict (id) do nothing
      returning t.id, t.at, t.absorbed
    )
    insert into ledger.entry (transfer, kind, n, at, source, target, party, amount, price_version, xid)
    select came.id, 'absorb', 0, came.at, 'absorbed', 'spent', u.provider, came.absorbed, u.price_version, xid
    from came join ledger.usage u on u.id = came.id where came.absorbed > 0;
  end if;
end
$$;
