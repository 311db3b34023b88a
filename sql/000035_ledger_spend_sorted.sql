-- Less work for each batch and each operation of ledger.spend(), and for each seal.

-- What is checked of every row that is written is read from its stored text by every statement, so it is said shortly, and only of what
-- can change. What a lot or a wallet is from its beginning on is looked at when that is written.
create function ledger.refuse() returns trigger
language plpgsql as $$
begin
  raise exception using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name, constraint = tg_name,
    message = format('a row of %I.%I violates %I', tg_table_schema, tg_table_name, tg_name);
end
$$;

alter table ledger.wallet drop constraint wallet_asset_check;
create trigger asset_is_known after insert or update of asset on ledger.wallet for each row
  when (new.asset <> 'USD' and not ledger.is_asset(new.asset)) execute function ledger.refuse();

alter table ledger.lot
  drop constraint lot_tranche_check, drop constraint lot_priority_check, drop constraint lot_check, drop constraint comes_from_one_place,
  drop constraint something_vested, drop constraint nothing_negative, drop constraint open_means_something_left;
create trigger terms_are_sound after insert or update of tranche, priority, effective_at, expires_at, carried_from, converted_from
  on ledger.lot for each row
  when (new.tranche < 1 or new.priority not between 0 and 100 or new.expires_at <= new.effective_at
    or new.carried_from is not null and new.converted_from is not null)
  execute function ledger.refuse();
alter table ledger.lot
  add constraint nothing_negative check (least(available, held, spent, expired, revoked, carried, vested + carried - 1) >= 0) not valid,
  add constraint open_means_something_left check (open = (available + held > 0)) not valid;

-- The other check of a hold says it.
alter table ledger.hold drop constraint hold_amount_check;

create function ledger.entry_holds(
  kind ledger.kind, source ledger.account, target ledger.account, lot_id uuid, grant_id uuid, party text, cause uuid
) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return ledger.allows_move(kind, source, target)
    and case when kind = 'absorb' then lot_id is null and grant_id is null else (lot_id is null) <> (grant_id is null) or target = 'absorbed' end
    and (target = 'spent') <= (party is not null)
    and (kind = 'adjust') <= (cause is not null);
end
$$;

alter table ledger.entry
  drop constraint template_allows_move, drop constraint one_subject, drop constraint spent_names_a_party,
  drop constraint correction_names_its_cause;
alter table ledger.entry add constraint template_allows_move check (
  case when kind = 'hold' and lot_id is not null and grant_id is null then source = 'available' and target = 'held'
    when kind = 'settle' and lot_id is not null and grant_id is null
      then source = 'held' and (target = 'available' or target = 'spent' and party is not null)
    else ledger.entry_holds(kind, source, target, lot_id, grant_id, party, cause) end
) not valid;

-- Hashes cannot be compressed, and trying took a fifth of the time of sealing. What a turn of it seals differs little from the last.
alter table ledger.seal_block alter column seqs set storage external, alter column marks set storage external;
alter function ledger.seal_next(int) set plan_cache_mode = force_generic_plan;

-- The same decisions and answers as in 000029 (000008 and 000011 have the list of codes), asked and done with less:
--   few arrays, numbers and texts of one kind of operation in one each, read by place;
--   operations come sorted, what ends before what is held: within a batch nobody waits for money that comes back in it;
--   a hold that was committed after its wallet had to be locked did not stand yet: its end is answered as that of an unknown one.
-- p_ends: 11 numbers of each settle and lapse, p_end_texts 2 texts; p_holds: 4 numbers of each hold, p_hold_texts 9 texts.
drop function ledger.spend(
  text, text[], uuid[], bigint[], bigint[], uuid[], bigint[], text[],
  int[], bigint[], bigint[], uuid[], uuid[], text[], text[], text[], text[], text[], text[], text[], int[], text[], text[],
  int[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
  text[], boolean[], text[]
);

create function ledger.spend(
  p_owner text,
  p_kinds int[], p_ids uuid[], p_at bigint[], p_amounts bigint[],
  p_ends bigint[], p_end_texts text[],
  p_wallets uuid[], p_persons uuid[], p_keys uuid[], p_scopes text[], p_holds bigint[], p_hold_texts text[],
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
  xid bigint;
  count int := cardinality(p_ids);
  -- The operations come sorted: what ends with a usage row, releases, holds.
  ends int := cardinality(p_ends) / 11;
  holds int := cardinality(p_wallets);
  standing int := count - holds;
  -- The locked wallets in id order, where they lie, and the time that those who changed have now.
  w_id uuid[]; w_row tid[]; w_last timestamptz[]; w_at timestamptz[]; w int := 1; locked boolean;
  -- Their open lots, by wallet and in draw order.
  l_id uuid[]; l_row tid[]; l_wallet uuid[]; l_scope int[]; l_from timestamptz[]; l_to timestamptz[]; l_available bigint[]; l_held bigint[];
  -- How often each was moved in this batch.
  l_moves int[];
  low int := 1; high int := 0;
  -- Their keys that have a cap, by wallet, and the windows and uses that those who changed have now.
  c_key uuid[]; c_wallet uuid[]; c_amount bigint[]; c_period text[]; c_start timestamptz[]; c_used bigint[]; c_changed boolean[];
  c_low int := 1; c_high int := 0; cap int := 0; opens timestamptz; used bigint; most bigint; spender uuid;
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
  last_wallet uuid; moment timestamptz; first int; found bigint; part bigint; rest bigint; held bigint; least_of bigint; p int;
  lots uuid[]; parts bigint[]; scopes int[]; lates boolean := false; gone tid[] := '{}'; written int;
begin
  codes := array_fill(0, array[count]);
  a := array_fill(0::bigint, array[count]);
  b := a;

  select array_agg(x.id), array_agg(x.ctid), array_agg(x.last_at), array_agg(null::timestamptz),
    (select base from ledger.epoch) + pg_current_xact_id()::text::bigint
  into w_id, w_row, w_last, w_at, xid
  from (
    select t.id, t.ctid, t.last_at from ledger.wallet t
    where t.id = any (p_wallets || array(select h.wallet_id from ledger.hold h where h.id = any (p_ids[:standing])))
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

  if holds > 0 then
    select array_agg(x.id) into known from (
      select e.transfer as id from ledger.entry e where e.transfer = any (p_ids[standing + 1:]) and e.kind = 'hold' and e.n = 0
      union all
      select h.id from ledger.hold h where h.id = any (p_ids[standing + 1:])
    ) x;
  end if;

  for o in
    select i, p_kinds[i] as kind, p_ids[i] as id, to_timestamp(p_at[i] / 1000::float8) as at, p_amounts[i] as most,
      p_wallets[i - standing] as wallet, null::tid as hold, null::bigint as amount, null::bigint as floor, null::uuid as lot_id,
      null::text as provider, null::int as price_version, p_keys[i - standing] as key, null::timestamptz as made
    from generate_series(standing + 1, count) as i
    union all
    select i, p_kinds[i], p_ids[i], to_timestamp(p_at[i] / 1000::float8), p_amounts[i],
      h.wallet_id, h.ctid, h.amount, h.floor, h.lot_id, h.provider, h.price_version, h.key_id, h.at
    from generate_series(1, standing) as i
    left join lateral (select t.*, t.ctid from ledger.hold t where t.id = p_ids[i] limit 1) h on true
    order by wallet, i
  loop
    -- The wallet and its slice of the lots; operations come by wallet, so both only move forward.
    if o.wallet is distinct from last_wallet then
      while w_id[w] < o.wallet loop w := w + 1; end loop;
      locked := w_id[w] = o.wallet;
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
      for q in c_low..c_high loop
        if c_key[q] = o.key then cap := q; exit; end if;
      end loop;
      if cap > 0 then
        opens := greatest(c_start[cap], date_trunc(c_period[cap], moment, 'UTC'));
        used := case when opens > c_start[cap] then 0 else c_used[cap] end;
      end if;
    end if;

    if o.kind = 1 then
      p := 4 * (o.i - standing);
      least_of := p_holds[p - 3];
      -- A hold that has ended is no hold: whoever asks again under its id must not go on as if it stood.
      if o.id = any (known) or least_of = 0 then
        select h.wallet_id, h.amount, exists (select from ledger.usage t where t.id = o.id) as used into past
        from (select o.id) as c(id) left join lateral (select * from ledger.hold t where t.id = c.id limit 1) h on true;
        if past.wallet_id = o.wallet and past.amount <= o.most and past.amount >= least_of then
          codes[o.i] := 2; a[o.i] := past.amount;
          continue;
        elsif past.wallet_id is not null or past.used or o.id = any (known) then
          codes[o.i] := 9;
          continue;
        end if;
      end if;
      if locked is not true then codes[o.i] := 4; continue; end if;

      most := o.most;
      if cap > 0 then
        most := least(most, greatest(c_amount[cap] - used, 0));
        if most < least_of then
          codes[o.i] := 5; a[o.i] := most;
          b[o.i] := coalesce(date_part('epoch', ledger.window_end(c_period[cap], opens)) * 1000, 0);
          continue;
        end if;
      end if;

      scopes := p_scopes[o.i - standing];
      found := 0; first := entries; p := low;
      while found < most and p <= high loop
        if l_available[p] > 0 and l_from[p] <= moment and l_to[p] > moment and (scopes is null or l_scope[p] = any (scopes)) then
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
      if found < least_of then
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

    -- A hold that was committed after the wallets had been locked did not stand yet.
    if locked is not true then
      select u.id is not null as used, u.cost, u.charged, u.absorbed, u.status, l.cost as late_cost, l.absorbed as late_absorbed,
        exists (select from ledger.entry e where e.transfer = o.id and e.kind = 'release') as released
      into past
      from (select o.id) as c(id) left join lateral (select * from ledger.usage t where t.id = c.id limit 1) u on true
        left join lateral (select * from ledger.late t where t.id = c.id limit 1) l on true;
      if o.kind = 2 and past.used then
        if past.status = 'lapsed' and (past.late_cost is null or past.late_cost = o.most) then
          codes[o.i] := 13; a[o.i] := past.charged;
          b[o.i] := coalesce(past.late_absorbed, greatest(o.most - past.charged, 0));
          lates := lates or past.late_cost is null;
        elsif past.status = 'lapsed' or past.cost <> o.most then
          codes[o.i] := 9;
        else
          codes[o.i] := 12; a[o.i] := past.charged; b[o.i] := past.absorbed;
        end if;
      elsif o.kind = 3 and past.released then
        codes[o.i] := 22;
      elsif o.kind <> 4 and (past.released or past.used) then
        codes[o.i] := 9;
      else
        codes[o.i] := 14;
      end if;
      continue;
    end if;

    -- The hold ends: what is charged stays in the lots that were drawn first, the rest goes back to its own lots.
    if o.kind = 2 then
      codes[o.i] := 11;
      rest := least(o.most, o.amount);
      b[o.i] := o.most - rest;
    elsif o.kind = 4 then
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

  update ledger.wallet t set version = t.version + 1, last_at = w_at[c.i]
  from unnest(w_row) with ordinality as c(at_row, i) where t.ctid = c.at_row and w_at[c.i] is not null;
  get diagnostics written = row_count;
  if written <> cardinality(w_row) - cardinality(array_positions(w_at, null)) then
    raise exception 'a wallet was written beside its lock';
  end if;

  if true = any (c_changed) then
    update ledger.cap k set window_start = c.start, used = c.used
    from unnest(c_key, c_start, c_used, c_changed) as c(key, start, used, changed) where k.key_id = c.key and c.changed;
  end if;

  -- What is neither available nor held any longer is spent.
  update ledger.lot l set available = l_available[c.i], held = l_held[c.i],
    spent = l.spent + (l.available + l.held) - (l_available[c.i] + l_held[c.i]), open = l_available[c.i] > 0 or l_held[c.i] > 0
  from unnest(l_row) with ordinality as c(at_row, i) where l.ctid = c.at_row and l_moves[c.i] > 0;
  get diagnostics written = row_count;
  if written <> cardinality(l_row) - cardinality(array_positions(l_moves, 0)) then
    raise exception 'a lot was written beside its wallet''s lock';
  end if;

  if holds > 0 then
    insert into ledger.hold (id, wallet_id, amount, floor, lot_id, owner, at, expires_at, person_id, key_id, door, route, model, class,
      provider, upstream, purpose, price_version, variant)
    select p_ids[standing + j], p_wallets[j], a[standing + j], least(p_holds[4 * j - 2], a[standing + j]), lot[standing + j],
      coalesce(p_hold_texts[9 * j], p_owner), moments[standing + j], to_timestamp(p_holds[4 * j - 1] / 1000::float8), p_persons[j],
      p_keys[j], p_hold_texts[9 * j - 8], p_hold_texts[9 * j - 7], p_hold_texts[9 * j - 6], p_hold_texts[9 * j - 5],
      p_hold_texts[9 * j - 4], p_hold_texts[9 * j - 3], p_hold_texts[9 * j - 2], p_holds[4 * j], p_hold_texts[9 * j - 1]
    from generate_series(1, holds) as j
    where codes[standing + j] = 1;
  end if;

  if ends > 0 then
    insert into ledger.usage (id, wallet_id, person_id, key_id, at, started_at, door, route, model, class, provider, upstream,
      purpose, price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed,
      status, estimated, provider_id, audio_input, audio_cache_read, searches, variant, tx)
    select h.id, h.wallet_id, h.person_id, h.key_id, moments[i], coalesce(to_timestamp(p_ends[11 * i - 10] / 1000::float8), moments[i]), h.door,
      h.route, h.model, h.class, h.provider, h.upstream, h.purpose, h.price_version, p_ends[11 * i - 9], p_ends[11 * i - 8],
      p_ends[11 * i - 7], p_ends[11 * i - 6], p_ends[11 * i - 5], p_ends[11 * i - 4], h.amount, a[i] + b[i], a[i], b[i],
      p_end_texts[2 * i - 1], p_ends[11 * i] > 0, p_end_texts[2 * i], p_ends[11 * i - 3], p_ends[11 * i - 2], p_ends[11 * i - 1], h.variant, xid
    from generate_series(1, ends) as i
    cross join lateral (select * from ledger.hold t where t.ctid = ended[i] limit 1) h
    where codes[i] in (11, 31);
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
      case when c.p = 0 then 0 else c.s - before[c.i] - 1 end, moments[c.i],
      case when c.p = 0 then 'absorbed'::ledger.account when codes[c.i] = 1 then 'available'::ledger.account
        else 'held'::ledger.account end,
      case when codes[c.i] = 1 then 'held'::ledger.account when e_back[c.s] then 'available'::ledger.account else 'spent'::ledger.account end,
      l_id[c.p], case when not e_back[c.s] then parties[c.i] end, e_amount[c.s], prices[c.i], xid
    from (select s, e_i[s] as i, e_p[s] as p from generate_series(1, entries) as s) c;
  end if;

  if lates then
    with came as (
      insert into ledger.late as t (id, at, cost, absorbed, usage, tx)
      select p_ids[i], to_timestamp(p_at[i] / 1000::float8), p_amounts[i], b[i],
        jsonb_build_object('started', p_ends[11 * i - 10], 'input', p_ends[11 * i - 9], 'cache_read', p_ends[11 * i - 8],
          'cache_write_5m', p_ends[11 * i - 7], 'cache_write_1h', p_ends[11 * i - 6], 'output', p_ends[11 * i - 5],
          'reasoning', p_ends[11 * i - 4], 'audio_input', p_ends[11 * i - 3], 'audio_cache_read', p_ends[11 * i - 2],
          'searches', p_ends[11 * i - 1], 'status', p_end_texts[2 * i - 1], 'estimated', p_ends[11 * i] > 0,
          'provider_id', p_end_texts[2 * i]), xid
      from generate_series(1, ends) as i
      where codes[i] = 13
      on conflict (id) do nothing
      returning t.id, t.at, t.absorbed
    )
    insert into ledger.entry (transfer, kind, n, at, source, target, party, amount, price_version, xid)
    select came.id, 'absorb', 0, came.at, 'absorbed', 'spent', u.provider, came.absorbed, u.price_version, xid
    from came join ledger.usage u on u.id = came.id where came.absorbed > 0;
  end if;
end
$$;
