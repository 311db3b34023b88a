-- The same decisions and answers as in 000011 (000008 has the list of codes) with less work for each batch and each operation:
--   whether a hold was made before is asked once for the whole batch; how a call ended, only of one that has no standing hold;
--   wallets, lots and holds are read under the wallets' locks and then written where they were found (ctid), not looked up again. A row
--   that somebody moved beside those locks would be missed, so what was written is counted;
--   what a lot has spent follows from what left available and held; absorbed parts are written among the other entries.
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
set enable_material = off
set plan_cache_mode = force_generic_plan
-- Before PostgreSQL 18 a way of planning that is off is only made dear, so dear that what was planned would be compiled anew for each batch.
set jit = off
as $$
declare
  o record;
  xid bigint := ledger.writing_xid();
  count int := cardinality(p_ids);
  -- The locked wallets in id order, where they lie, and the time that those who changed have now.
  w_id uuid[]; w_row tid[]; w_last timestamptz[]; w_at timestamptz[]; w int := 1;
  -- Their open lots, by wallet and in draw order.
  l_id uuid[]; l_row tid[]; l_wallet uuid[]; l_scope int[]; l_from timestamptz[]; l_to timestamptz[]; l_available bigint[]; l_held bigint[];
  -- How often each was moved in this batch.
  l_moves int[];
  low int := 1; high int := 0;
  -- Their keys that have a cap, by wallet, and the windows and uses that those who changed have now; the key of each hold.
  c_key uuid[]; c_wallet uuid[]; c_amount bigint[]; c_period text[]; c_start timestamptz[]; c_used bigint[]; c_changed boolean[];
  c_low int := 1; c_high int := 0; cap int := 0; opens timestamptz; used bigint; most bigint; keys uuid[]; spender uuid;
  -- Holds of this batch that were made before, which is rare.
  known uuid[]; past record;
  -- By operation: its time; the entries before its own; the lot of a hold that needs but one; party and price of its entries; the row
  -- of the hold that it ends.
  moments timestamptz[] := array_fill(null::timestamptz, array[count]);
  before int[] := array_fill(0, array[count]);
  lot uuid[] := array_fill(null::uuid, array[count]);
  parties text[] := array_fill(null::text, array[count]);
  prices int[] := array_fill(null::int, array[count]);
  ended tid[] := array_fill(null::tid, array[count]);
  -- By entry: operation, lot (0: what the company pays, outside every lot), amount; whether it gives back what was held.
  e_i int[] := '{}'; e_p int[] := '{}'; e_amount bigint[] := '{}'; e_back boolean[] := '{}'; entries int := 0;
  -- The operation at hand.
  last_wallet uuid; moment timestamptz; first int; found bigint; part bigint; rest bigint; held bigint; p int; lots uuid[]; parts bigint[];
  lates boolean := false; gone tid[] := '{}'; written int;
begin
  codes := array_fill(0, array[count]);
  a := array_fill(0::bigint, array[count]);
  b := a;

  select array_agg(x.id), array_agg(x.ctid), array_agg(x.last_at), array_agg(null::timestamptz) into w_id, w_row, w_last, w_at
  from (
    select t.id, t.ctid, t.last_at from ledger.wallet t
    where t.id = any (p_wallets || array(select h.wallet_id from ledger.hold h where h.id = any (p_ids)))
    order by t.id for no key update
  ) x;

  select array_agg(l.id), array_agg(l.ctid), array_agg(l.wallet_id), array_agg(l.scope_id), array_agg(l.effective_at),
    array_agg(coalesce(l.expires_at, 'infinity')), array_agg(l.available), array_agg(l.held), array_agg(0)
  into l_id, l_row, l_wallet, l_scope, l_from, l_to, l_available, l_held, l_moves
  from (
    select l.*, l.ctid from ledger.lot l
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

  if cardinality(p_hold_i) > 0 then
    select array_agg(e.transfer) into known from ledger.entry e
    where e.transfer = any (array(select p_ids[i] from unnest(p_hold_i) as i)) and e.kind = 'hold' and e.n = 0;
  end if;

  for o in
    select c.i, c.kind, c.id, to_timestamp(c.at / 1000::float8) as at, c.amount as most, c.least, c.scopes::int[] as scopes, c.wallet as named,
      coalesce(h.wallet_id, c.wallet) as wallet, h.ctid as hold, h.amount, h.floor, h.lot_id, h.provider, h.price_version,
      h.key_id as key, h.at as made
    from unnest(p_kinds, p_ids, p_at, p_amounts, p_wallets, p_least, p_scopes)
      with ordinality as c(kind, id, at, amount, wallet, least, scopes, i)
    left join lateral (select t.*, t.ctid from ledger.hold t where t.id = c.id limit 1) h on true
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
      if o.hold is not null or o.id = any (known) or o.least = 0 and exists (select from ledger.usage t where t.id = o.id) then
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
          l_moves[p] := l_moves[p] + 1;
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
          l_moves[p] := l_moves[p] - 1;
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
      select u.id is not null as used, u.cost, u.charged, u.absorbed, u.status, l.cost as late_cost, l.absorbed as late_absorbed,
        exists (select from ledger.entry e where e.transfer = o.id and e.kind = 'release') as released
      into past
      from (select o.id) as c(id) left join lateral (select * from ledger.usage t where t.id = c.id limit 1) u on true
        left join lateral (select * from ledger.late t where t.id = c.id limit 1) l on true;
      if o.kind = 'settle' and past.used then
        if past.status = 'lapsed' and (past.late_cost is null or past.late_cost = o.most) then
          codes[o.i] := 13; a[o.i] := past.charged;
          b[o.i] := coalesce(past.late_absorbed, greatest(o.most - past.charged, 0));
          lates := lates or past.late_cost is null;
        elsif past.status = 'lapsed' or past.cost <> o.most then
          codes[o.i] := 9;
        else
          codes[o.i] := 12; a[o.i] := past.charged; b[o.i] := past.absorbed;
        end if;
      elsif o.kind = 'release' and past.released then
        codes[o.i] := 22;
      elsif o.kind <> 'lapse' and (past.released or past.used) then
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
      b[o.i] := o.most - rest;
    elsif o.kind = 'lapse' then
      codes[o.i] := 31;
      rest := o.floor;
    else
      codes[o.i] := 21;
      rest := 0;
    end if;
    a[o.i] := rest; moments[o.i] := moment; before[o.i] := entries; w_at[w] := moment;
    parties[o.i] := o.provider; prices[o.i] := o.price_version; ended[o.i] := o.hold; gone := gone || o.hold;
    -- What an earlier window held stays in that window, whatever of it comes back.
    if cap > 0 then
      if o.made >= opens then used := used - (o.amount - rest); end if;
      c_start[cap] := opens; c_used[cap] := used; c_changed[cap] := true;
    end if;

    -- What a hold drew from several lots is read from its entries.
    if o.lot_id is not null then
      lots := array[o.lot_id]; parts := array[o.amount];
    else
      select array_agg(e.lot_id order by e.n), array_agg(e.amount order by e.n) into lots, parts
      from ledger.entry e where e.transfer = o.id and e.kind = 'hold';
    end if;
    for q in 1..coalesce(cardinality(lots), 0) loop
      p := low;
      while l_id[p] <> lots[q] and p <= high loop p := p + 1; end loop;
      if p > high then raise exception 'hold % draws on lot % that is not open', o.id, lots[q]; end if;
      held := parts[q];
      part := least(held, rest);
      l_held[p] := l_held[p] - held;
      l_moves[p] := l_moves[p] + 1;
      if part > 0 then
        rest := rest - part;
        entries := entries + 1;
        e_i[entries] := o.i; e_p[entries] := p; e_amount[entries] := part; e_back[entries] := false;
      end if;
      if held > part then
        l_available[p] := l_available[p] + held - part;
        entries := entries + 1;
        e_i[entries] := o.i; e_p[entries] := p; e_amount[entries] := held - part; e_back[entries] := true;
      end if;
    end loop;
    if b[o.i] > 0 then
      entries := entries + 1;
      e_i[entries] := o.i; e_p[entries] := 0; e_amount[entries] := b[o.i]; e_back[entries] := false;
    end if;
  end loop;

  update ledger.wallet t set version = t.version + 1, last_at = c.at
  from unnest(w_row, w_at) as c(at_row, at) where t.ctid = c.at_row and c.at is not null;
  get diagnostics written = row_count;
  if written <> cardinality(w_row) - cardinality(array_positions(w_at, null)) then
    raise exception 'a wallet was written beside its lock';
  end if;

  if true = any (c_changed) then
    update ledger.cap k set window_start = c.start, used = c.used
    from unnest(c_key, c_start, c_used, c_changed) as c(key, start, used, changed) where k.key_id = c.key and c.changed;
  end if;

  -- What is neither available nor held any longer is spent.
  update ledger.lot l set available = c.available, held = c.held, spent = l.spent + (l.available + l.held) - (c.available + c.held),
    open = c.available > 0 or c.held > 0
  from unnest(l_row, l_available, l_held, l_moves) as c(at_row, available, held, moves) where l.ctid = c.at_row and c.moves > 0;
  get diagnostics written = row_count;
  if written <> cardinality(l_row) - cardinality(array_positions(l_moves, 0)) then
    raise exception 'a lot was written beside its wallet''s lock';
  end if;

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
      status, estimated, provider_id, audio_input, audio_cache_read, searches, variant, tx)
    select h.id, h.wallet_id, h.person_id, h.key_id, moments[c.i], coalesce(to_timestamp(c.started / 1000::float8), moments[c.i]), h.door,
      h.route, h.model, h.class, h.provider, h.upstream, h.purpose, h.price_version, c.input, c.cache_read, c.cache_write_5m,
      c.cache_write_1h, c.output, c.reasoning, h.amount, a[c.i] + b[c.i], a[c.i], b[c.i], c.status, c.estimated, c.provider_id,
      c.audio_input, c.audio_cache_read, c.searches, h.variant, xid
    from unnest(p_end_i, p_started, p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output, p_reasoning, p_audio_input,
        p_audio_cache_read, p_searches, p_statuses, p_estimated, p_provider_ids)
      as c(i, started, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, audio_input, audio_cache_read, searches,
        status, estimated, provider_id)
    cross join lateral (select * from ledger.hold t where t.ctid = ended[c.i] limit 1) h
    where codes[c.i] in (11, 31);
  end if;

  if cardinality(gone) > 0 then
    delete from ledger.hold where ctid = any (gone);
    get diagnostics written = row_count;
    if written <> cardinality(gone) then raise exception 'a hold was ended beside its wallet''s lock'; end if;
  end if;

  if entries > 0 then
    insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, price_version, xid)
    select p_ids[c.i],
      case when c.p = 0 then 'absorb'::ledger.kind else
        case codes[c.i] when 1 then 'hold'::ledger.kind when 11 then 'settle'::ledger.kind when 21 then 'release'::ledger.kind
          else 'lapse'::ledger.kind end end,
      case when c.p = 0 then 0 else c.seq - before[c.i] - 1 end, moments[c.i],
      case when c.p = 0 then 'absorbed'::ledger.account when codes[c.i] = 1 then 'available'::ledger.account
        else 'held'::ledger.account end,
      case when codes[c.i] = 1 then 'held'::ledger.account when c.back then 'available'::ledger.account else 'spent'::ledger.account end,
      l_id[c.p], case when not c.back then parties[c.i] end, c.amount, prices[c.i], xid
    from unnest(e_i, e_p, e_amount, e_back) with ordinality as c(i, p, amount, back, seq)
    where c.seq <= entries;
  end if;

  if lates then
    with came as (
      insert into ledger.late as t (id, at, cost, absorbed, usage, tx)
      select p_ids[c.i], to_timestamp(p_at[c.i] / 1000::float8), p_amounts[c.i], b[c.i], to_jsonb(c) - 'i', xid
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
