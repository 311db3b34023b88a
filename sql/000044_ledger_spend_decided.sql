-- Holds, settlements and releases that the asking process has decided by what it knew of their wallets, as each stood at a version of it. Nothing is
-- decided here: they are written when every wallet still stands at that version, and together, or not at all. ledger.spend() decides the others.
-- Whatever was known wrongly cannot make value: amounts of lots are moved by what the entries say, within the checks of their tables.
--   p_wallets in id order; p_wallet_numbers: 2 of each, the version and the time that it has now;
--   p_moves: 2 of each lot, what comes to its available and its held;
--   p_ids and p_at: what is settled, then what is released, then what is held;
--   p_ends: 13 numbers of each settle, p_end_texts 3 texts; p_holds: 4 numbers of each hold, p_hold_texts 9 texts;
--   p_entries: 6 numbers of each entry: its operation, its lot (0: outside every lot), amount, n, price version (-1: none), and what it is: 1 hold,
--   2 settled and spent, 3 settled and back, 4 released, 5 absorbed.
-- SQLSTATE PQ409: a wallet or a hold was changed by somebody else.
create function ledger.spend_decided(
  p_owner text,
  p_wallets uuid[], p_wallet_numbers bigint[], p_lots uuid[], p_moves bigint[],
  p_ids uuid[], p_at bigint[],
  p_ends bigint[], p_end_texts text[],
  p_hold_wallets uuid[], p_hold_lots uuid[], p_persons uuid[], p_keys uuid[], p_holds bigint[], p_hold_texts text[],
  p_entries bigint[]
) returns void
language plpgsql
set random_page_cost = 1.0
set seq_page_cost = 1.0
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  ends int := cardinality(p_ends) / 13;
  holds int := cardinality(p_hold_wallets);
  gone int := cardinality(p_ids) - holds;
  xid bigint;
  written int;
begin
  update ledger.wallet t set version = t.version + 1, last_at = to_timestamp(p_wallet_numbers[2 * c.i] / 1000::float8)
  from unnest(p_wallets) with ordinality as c(id, i) where t.id = c.id and t.version = p_wallet_numbers[2 * c.i - 1];
  get diagnostics written = row_count;
  if written <> cardinality(p_wallets) then
    raise exception using errcode = 'PQ409', message = 'a wallet was changed by somebody else';
  end if;

  update ledger.lot l set available = l.available + p_moves[2 * c.i - 1], held = l.held + p_moves[2 * c.i],
    spent = l.spent - p_moves[2 * c.i - 1] - p_moves[2 * c.i],
    open = l.available + l.held + p_moves[2 * c.i - 1] + p_moves[2 * c.i] > 0
  from unnest(p_lots) with ordinality as c(id, i) where l.id = c.id;
  get diagnostics written = row_count;
  if written <> cardinality(p_lots) then raise exception 'a lot that was drawn from does not exist'; end if;

  select base + pg_current_xact_id()::text::bigint into xid from ledger.epoch;

  if holds > 0 then
    insert into ledger.hold (id, wallet_id, amount, floor, lot_id, owner, at, expires_at, person_id, key_id, door, route, model, class,
      provider, upstream, purpose, price_version, variant)
    select p_ids[gone + j], p_hold_wallets[j], p_holds[4 * j - 3], p_holds[4 * j - 2], p_hold_lots[j],
      coalesce(p_hold_texts[9 * j], p_owner), to_timestamp(p_at[gone + j] / 1000::float8), to_timestamp(p_holds[4 * j - 1] / 1000::float8),
      p_persons[j], p_keys[j], p_hold_texts[9 * j - 8], p_hold_texts[9 * j - 7], p_hold_texts[9 * j - 6], p_hold_texts[9 * j - 5],
      p_hold_texts[9 * j - 4], p_hold_texts[9 * j - 3], p_hold_texts[9 * j - 2], p_holds[4 * j], p_hold_texts[9 * j - 1]
    from generate_series(1, holds) as j;
  end if;

  if ends > 0 then
    insert into ledger.usage (id, wallet_id, person_id, key_id, at, started_at, door, route, model, class, provider, upstream,
      purpose, price_version, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, held, cost, charged, absorbed,
      status, estimated, provider_id, audio_input, audio_cache_read, searches, variant, tx)
    select h.id, h.wallet_id, h.person_id, h.key_id, to_timestamp(p_at[i] / 1000::float8), to_timestamp(p_ends[13 * i - 12] / 1000::float8),
      h.door, h.route, h.model, h.class, h.provider, h.upstream, h.purpose, h.price_version, p_ends[13 * i - 11], p_ends[13 * i - 10],
      p_ends[13 * i - 9], p_ends[13 * i - 8], p_ends[13 * i - 7], p_ends[13 * i - 6], h.amount, p_ends[13 * i - 1] + p_ends[13 * i],
      p_ends[13 * i - 1], p_ends[13 * i], p_end_texts[3 * i - 2], p_ends[13 * i - 2] > 0, p_end_texts[3 * i - 1], p_ends[13 * i - 5],
      p_ends[13 * i - 4], p_ends[13 * i - 3], h.variant, xid
    from generate_series(1, ends) as i
    cross join lateral (select * from ledger.hold t where t.id = p_ids[i] limit 1) h;
  end if;

  if gone > 0 then
    delete from ledger.hold where id = any (p_ids[:gone]);
    get diagnostics written = row_count;
    if written <> gone then raise exception using errcode = 'PQ409', message = 'a hold was ended by somebody else'; end if;
  end if;

  insert into ledger.entry (transfer, kind, n, at, source, target, lot_id, party, amount, price_version, xid)
  select p_ids[e.op],
    case e.what when 1 then 'hold'::ledger.kind when 4 then 'release'::ledger.kind when 5 then 'absorb'::ledger.kind else 'settle'::ledger.kind end,
    e.n, to_timestamp(p_at[e.op] / 1000::float8),
    case e.what when 1 then 'available'::ledger.account when 5 then 'absorbed'::ledger.account else 'held'::ledger.account end,
    case when e.what = 1 then 'held'::ledger.account when e.what in (2, 5) then 'spent'::ledger.account else 'available'::ledger.account end,
    p_lots[e.lot], case when e.what in (2, 5) then p_end_texts[3 * e.op] end, e.amount, nullif(e.price, -1), xid
  from (
    select p_entries[6 * s - 5] as op, p_entries[6 * s - 4] as lot, p_entries[6 * s - 3] as amount, p_entries[6 * s - 2] as n,
      p_entries[6 * s - 1] as price, p_entries[6 * s] as what
    from generate_series(1, cardinality(p_entries) / 6) as s
  ) e;
end
$$;

-- What a process has to know of wallets to decide for them, from one snapshot: the version of each, its own time, whether one of its keys has a cap, and
-- its open lots in draw order, one more than p_most at most. Times in milliseconds; parts of one go up, so that no lot is drawn too early.
create function ledger.books(
  p_wallets uuid[], p_most int,
  out id uuid, out version bigint, out last bigint, out capped boolean, out lots jsonb
) returns setof record
language sql stable
set random_page_cost = 1.0
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
  select w.id, w.version, ceil(extract(epoch from w.last_at) * 1000)::bigint,
    exists (select from ledger.cap c where c.wallet_id = w.id),
    (select coalesce(jsonb_agg(jsonb_build_array(l.id, l.scope_id, ceil(extract(epoch from l.effective_at) * 1000),
        case when isfinite(l.expires_at) then ceil(extract(epoch from l.expires_at) * 1000) end, l.available::text, l.held::text)
        order by l.priority, l.expires_at, l.effective_at, l.id), '[]')
      from (select * from ledger.lot t where t.wallet_id = w.id and t.open limit p_most + 1) l)
  from ledger.wallet w where w.id = any (p_wallets)
$$;
