-- The hot path: holds, settles, releases and lapses of one batch in one call and one commit.
--
-- p_ids are the calls, p_wallets the wallets of new holds (null where the call is known); p_ops is an array of the same operations,
-- p_usage the usage of those that settle or lapse (joined by `i`). Per operation, in
-- the order given, the answer is a code and two amounts:
--   hold     1 held (amount) · 2 replayed (amount) · 3 short (available in scope, held in the wallet) · 4 no such wallet
--   settle  11 settled (charged, absorbed) · 12 replayed (same) · 13 the hold had lapsed (charged then, absorbed now) · 14 no such hold
--   release 21 released · 22 replayed · 14 no such hold
--   lapse   31 lapsed (charged) · 14 no such hold
--   any      9 conflict: the same id came with another meaning
-- A refusal is an answer, never an exception, so one caller cannot fail the others of the batch.
--
-- Wallets are locked in id order before anything is read that is decided on; each later statement then sees what
-- the previous holders of those locks committed (READ COMMITTED takes a fresh snapshot per statement). Operations are walked by
-- wallet, lots in draw order beside them, on arrays in memory; at the end one statement per table writes the outcome.
-- The planner settings are pinned: with fresh statistics missing it would otherwise scan whole tables.

create function ledger.spend(
  p_ids uuid[], p_wallets uuid[], p_ops json, p_usage json, p_owner text, out codes int[], out a bigint[], out b bigint[]
)
language plpgsql
set random_page_cost = 1.0
set seq_page_cost = 1.0
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  o record;
  wallets uuid[];
  -- Lots of the locked wallets, in draw order.
  l_id uuid[]; l_wallet uuid[]; l_scope int[]; l_from timestamptz[]; l_to timestamptz[];
  l_available bigint[]; l_held bigint[]; l_spent bigint[]; l_changed boolean[];
  lots int; low int := 1; high int := 0;
  -- What will be written.
  w_id uuid[] := '{}'; w_at timestamptz[] := '{}'; w_ops int[] := '{}';
  h_id uuid[] := '{}'; h_wallet uuid[] := '{}'; h_amount bigint[] := '{}'; h_floor bigint[] := '{}';
  h_at timestamptz[] := '{}'; h_expires timestamptz[] := '{}'; h_facts jsonb[] := '{}';
  gone uuid[] := '{}';
  e_transfer uuid[] := '{}'; e_kind ledger.kind[] := '{}'; e_n smallint[] := '{}'; e_at timestamptz[] := '{}';
  e_source ledger.account[] := '{}'; e_target ledger.account[] := '{}'; e_lot uuid[] := '{}'; e_party text[] := '{}';
  e_amount bigint[] := '{}'; e_price int[] := '{}';
  u_i int[] := '{}'; u_id uuid[] := '{}'; u_wallet uuid[] := '{}'; u_at timestamptz[] := '{}'; u_facts jsonb[] := '{}';
  u_held bigint[] := '{}'; u_cost bigint[] := '{}'; u_charged bigint[] := '{}'; u_absorbed bigint[] := '{}';
  t_i int[] := '{}'; t_id uuid[] := '{}'; t_at timestamptz[] := '{}'; t_cost bigint[] := '{}'; t_absorbed bigint[] := '{}';
  -- The operation at hand.
  last_wallet uuid; moment timestamptz; found bigint; need bigint; part bigint; rest bigint; take bigint; charge bigint;
  absorbed bigint; n smallint; p int; q int; entries int := 0; way ledger.kind; party text; price int;
begin
  codes := array_fill(0, array[cardinality(p_ids)]);
  a := array_fill(0::bigint, array[cardinality(p_ids)]);
  b := a;

  select array_agg(w) into wallets from (
    select unnest(p_wallets) as w union select h.wallet_id from ledger.hold h where h.id = any (p_ids)
  ) x where w is not null;
  perform 1 from ledger.wallet w where w.id = any (wallets) order by w.id for no key update;

  select array_agg(l.id), array_agg(l.wallet_id), array_agg(l.scope_id), array_agg(l.effective_at),
    array_agg(coalesce(l.expires_at, 'infinity')), array_agg(l.available), array_agg(l.held), array_agg(l.spent),
    array_agg(false), count(*)
  into l_id, l_wallet, l_scope, l_from, l_to, l_available, l_held, l_spent, l_changed, lots
  from (
    select l.* from ledger.lot l
    where l.open and l.wallet_id = any (wallets)
    order by l.wallet_id, l.priority, l.expires_at, l.effective_at, l.id
  ) l;

  for o in
    select op.*, w.id as wallet, w.last_at, h.id as hold, h.amount, h.floor, h.facts as hold_facts,
      u.id as used, u.cost as used_cost, u.charged as used_charged, u.absorbed as used_absorbed, u.status as used_status,
      d.lots, d.amounts, d.total, d.released
    from json_to_recordset(p_ops) as op(
      i int, k text, id uuid, w uuid, t timestamptz, min bigint, max bigint, sc int[], x timestamptz, fl bigint, f jsonb, pv int, c bigint
    )
    left join ledger.hold h on h.id = op.id
    -- While a hold stands there is no usage; the condition spares the look-up.
    left join lateral (
      select * from ledger.usage x where x.id = op.id and h.id is null and (op.k <> 'hold' or op.max = 0)
    ) u on true
    left join ledger.wallet w on w.id = coalesce(h.wallet_id, op.w)
    left join lateral (
      select array_agg(e.lot_id order by e.n) filter (where e.kind = 'hold') as lots,
        array_agg(e.amount order by e.n) filter (where e.kind = 'hold') as amounts,
        sum(e.amount) filter (where e.kind = 'hold')::bigint as total,
        bool_or(e.kind = 'release') as released
      from ledger.entry e where e.transfer = op.id
    ) d on true
    order by w.id, op.i
  loop
    -- The wallet's slice of the lots; ops come by wallet, so the slice only moves forward.
    if o.wallet is not null and o.wallet is distinct from last_wallet then
      low := high + 1;
      while low <= lots and l_wallet[low] < o.wallet loop low := low + 1; end loop;
      high := low - 1;
      while high < lots and l_wallet[high + 1] = o.wallet loop high := high + 1; end loop;
      last_wallet := o.wallet;
      moment := greatest(o.last_at, o.t);
      w_id := w_id || o.wallet;
      w_at := w_at || moment;
      w_ops := w_ops || 0;
    elsif o.wallet is not null then
      moment := greatest(moment, o.t);
      w_at[cardinality(w_at)] := moment;
    end if;
    n := 0;

    if o.k = 'hold' then
      if o.hold is not null or o.total is not null or o.used is not null then
        found := coalesce(o.amount, o.total, 0);
        if (o.hold is not null and o.wallet is distinct from o.w) or found > o.max or found < o.min then
          codes[o.i] := 9;
        else
          codes[o.i] := 2; a[o.i] := found;
        end if;
        continue;
      end if;
      if o.wallet is null then codes[o.i] := 4; continue; end if;

      found := 0;
      for p in low..high loop
        if l_available[p] > 0 and l_from[p] <= moment and l_to[p] > moment and (o.sc is null or l_scope[p] = any (o.sc)) then
          found := found + l_available[p];
          exit when found >= o.max;
        end if;
      end loop;
      take := least(found, o.max);
      if take < o.min then
        codes[o.i] := 3; a[o.i] := found;
        rest := 0;
        for p in low..high loop rest := rest + l_held[p]; end loop;
        b[o.i] := rest;
        continue;
      end if;

      need := take;
      p := low;
      while need > 0 and p <= high loop
        if l_available[p] > 0 and l_from[p] <= moment and l_to[p] > moment and (o.sc is null or l_scope[p] = any (o.sc)) then
          part := least(l_available[p], need);
          l_available[p] := l_available[p] - part;
          l_held[p] := l_held[p] + part;
          l_changed[p] := true;
          need := need - part;
          entries := entries + 1;
          e_transfer[entries] := o.id; e_kind[entries] := 'hold'; e_n[entries] := n; e_at[entries] := moment;
          e_source[entries] := 'available'; e_target[entries] := 'held'; e_lot[entries] := l_id[p]; e_party[entries] := null;
          e_amount[entries] := part; e_price[entries] := o.pv;
          n := n + 1::smallint;
        end if;
        p := p + 1;
      end loop;
      h_id := h_id || o.id; h_wallet := h_wallet || o.wallet; h_amount := h_amount || take;
      h_floor := h_floor || least(o.fl, take); h_at := h_at || moment; h_expires := h_expires || o.x; h_facts := h_facts || o.f;
      w_ops[cardinality(w_ops)] := 1;
      codes[o.i] := 1; a[o.i] := take;
      continue;
    end if;

    if o.hold is null then
      if o.k = 'settle' and o.used is not null then
        if o.used_status = 'lapsed' then
          absorbed := greatest(o.c - o.used_charged, 0);
          t_i := t_i || o.i; t_id := t_id || o.id; t_at := t_at || o.t; t_cost := t_cost || o.c; t_absorbed := t_absorbed || absorbed;
          codes[o.i] := 13; a[o.i] := o.used_charged; b[o.i] := absorbed;
        elsif o.used_cost <> o.c then
          codes[o.i] := 9;
        else
          codes[o.i] := 12; a[o.i] := o.used_charged; b[o.i] := o.used_absorbed;
        end if;
      elsif o.k = 'release' and o.released then
        codes[o.i] := 22;
      elsif o.k <> 'lapse' and (o.released or o.used is not null) then
        codes[o.i] := 9;
      else
        codes[o.i] := 14;
      end if;
      continue;
    end if;

    -- The hold ends: what is charged stays in the lots that were drawn first, the rest goes back to its own lots.
    party := o.hold_facts->>'provider';
    price := (o.hold_facts->>'priceVersion')::int;
    if o.k = 'settle' then
      way := 'settle'; charge := least(o.c, o.amount); absorbed := o.c - charge;
    elsif o.k = 'lapse' then
      way := 'lapse'; charge := o.floor; absorbed := 0;
    else
      way := 'release'; charge := 0; absorbed := 0;
    end if;

    rest := charge;
    for q in 1..coalesce(cardinality(o.lots), 0) loop
      p := low;
      while p <= high and l_id[p] <> o.lots[q] loop p := p + 1; end loop;
      if p > high then raise exception 'hold % draws on lot % that is not open', o.id, o.lots[q]; end if;
      part := least(o.amounts[q], rest);
      rest := rest - part;
      l_held[p] := l_held[p] - o.amounts[q];
      l_spent[p] := l_spent[p] + part;
      l_available[p] := l_available[p] + o.amounts[q] - part;
      l_changed[p] := true;
      if part > 0 then
        entries := entries + 1;
        e_transfer[entries] := o.id; e_kind[entries] := way; e_n[entries] := n; e_at[entries] := moment;
        e_source[entries] := 'held'; e_target[entries] := 'spent'; e_lot[entries] := l_id[p]; e_party[entries] := party;
        e_amount[entries] := part; e_price[entries] := price;
        n := n + 1::smallint;
      end if;
      if o.amounts[q] > part then
        entries := entries + 1;
        e_transfer[entries] := o.id; e_kind[entries] := way; e_n[entries] := n; e_at[entries] := moment;
        e_source[entries] := 'held'; e_target[entries] := 'available'; e_lot[entries] := l_id[p]; e_party[entries] := null;
        e_amount[entries] := o.amounts[q] - part; e_price[entries] := price;
        n := n + 1::smallint;
      end if;
    end loop;
    if absorbed > 0 then
      entries := entries + 1;
      e_transfer[entries] := o.id; e_kind[entries] := 'absorb'; e_n[entries] := 0; e_at[entries] := moment;
      e_source[entries] := 'absorbed'; e_target[entries] := 'spent'; e_lot[entries] := null; e_party[entries] := party;
      e_amount[entries] := absorbed; e_price[entries] := price;
    end if;
    if o.k <> 'release' then
      u_i := u_i || o.i; u_id := u_id || o.id; u_wallet := u_wallet || o.wallet; u_at := u_at || moment; u_facts := u_facts || o.hold_facts;
      u_held := u_held || o.amount; u_cost := u_cost || (charge + absorbed); u_charged := u_charged || charge; u_absorbed := u_absorbed || absorbed;
    end if;
    gone := gone || o.id;
    w_ops[cardinality(w_ops)] := 1;
    codes[o.i] := case o.k when 'settle' then 11 when 'lapse' then 31 else 21 end;
    a[o.i] := charge; b[o.i] := absorbed;
  end loop;

  update ledger.wallet w set version = w.version + 1, last_at = c.at
  from unnest(w_id, w_at, w_ops) as c(id, at, ops) where w.id = c.id and c.ops > 0;

  update ledger.lot l set available = c.available, held = c.held, spent = c.spent, open = c.available > 0 or c.held > 0
  from unnest(l_id, l_available, l_held, l_spent, l_changed) as c(id, available, held, spent, changed)
  where l.id = c.id and c.changed;

  if cardinality(h_id) > 0 then
    insert into ledger.hold (id, wallet_id, amount, floor, owner, at, expires_at, facts)
    select c.id, c.wallet, c.amount, c.floor, p_owner, c.at, c.expires, c.facts
    from unnest(h_id, h_wallet, h_amount, h_floor, h_at, h_expires, h_facts) as c(id, wallet, amount, floor, at, expires, facts);
  end if;

  if cardinality(gone) > 0 then
    delete from ledger.hold where id = any (gone);
  end if;

  if entries > 0 then
    insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, price_version, xid)
    select c.transfer, c.kind, c.n, c.at, c.source, c.target, c.lot, c.party, c.amount, c.price, pg_current_xact_id()::text::bigint
    from unnest(e_transfer, e_kind, e_n, e_at, e_source, e_target, e_lot, e_party, e_amount, e_price)
      as c(transfer, kind, n, at, source, target, lot, party, amount, price);
  end if;

  if cardinality(u_id) > 0 then
    insert into ledger.usage (id, wallet_id, person_id, key_id, at, started_at, door, route, model, class, provider, upstream,
      purpose, price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed,
      status, estimated, provider_id)
    select c.id, c.wallet, f.person, f.key, c.at, coalesce(u.st, c.at), f.door, f.route, f.model, f.class, f.provider,
      f.upstream, f.purpose, f."priceVersion", coalesce(u.inp, 0), coalesce(u.cr, 0), coalesce(u.c5, 0), coalesce(u.c1, 0),
      coalesce(u.outp, 0), coalesce(u.re, 0), c.held, c.cost, c.charged, c.absorbed, coalesce(u.s, 'lapsed'), coalesce(u.es, true), u.pid
    from unnest(u_i, u_id, u_wallet, u_at, u_facts, u_held, u_cost, u_charged, u_absorbed)
      as c(i, id, wallet, at, facts, held, cost, charged, absorbed)
    cross join lateral jsonb_to_record(c.facts) as f(person uuid, key uuid, door text, route text, model text, class text,
      provider text, upstream text, purpose text, "priceVersion" int)
    left join json_to_recordset(p_usage) as u(i int, inp bigint, cr bigint, c5 bigint, c1 bigint, outp bigint, re bigint,
      s text, es boolean, pid text, st timestamptz) on u.i = c.i;
  end if;

  if cardinality(t_id) > 0 then
    with came as (
      insert into ledger.late as l (id, at, cost, absorbed, usage)
      select c.id, c.at, c.cost, c.absorbed, to_jsonb(u)
      from unnest(t_i, t_id, t_at, t_cost, t_absorbed) as c(i, id, at, cost, absorbed)
      join json_to_recordset(p_usage) as u(i int, inp bigint, cr bigint, c5 bigint, c1 bigint, outp bigint, re bigint,
        s text, es boolean, pid text, st timestamptz) on u.i = c.i
      on conflict (id) do nothing
      returning l.id, l.at, l.absorbed
    )
    insert into ledger.entry (transfer, kind, n, at, source, target, party, amount, price_version, xid)
    select came.id, 'absorb', 0, came.at, 'absorbed', 'spent', u.provider, came.absorbed, u.price_version, pg_current_xact_id()::text::bigint
    from came join ledger.usage u on u.id = came.id where came.absorbed > 0;
  end if;
end
$$;
