-- The hash chain: soon after commit, in order, each entry is sealed with the hash of itself and of the seal before it.
-- What an entry says includes the usage row, the lot's terms or the grant it belongs to, so that those are sealed with it.

create function ledger.spoken(e ledger.entry) returns text
language sql stable as $$
  select concat_ws('|', e.seq, e.transfer, e.kind, e.n, (extract(epoch from e.at) * 1000000)::bigint, e.source, e.target,
    coalesce(e.lot_id::text, '-'), coalesce(e.grant_id::text, '-'), coalesce(e.party, '-'), e.amount,
    coalesce(e.price_version::text, '-'), coalesce(e.cause::text, '-'), e.xid,
    case
      when e.kind in ('settle', 'lapse') and e.n = 0 then (
        select concat_ws('|', u.wallet_id, u.person_id, coalesce(u.key_id::text, '-'), u.door, u.route, u.model, u.class, u.provider,
          u.upstream, u.purpose, u.input, u.cache_read, u.cache_write_5m, u.cache_write_1h, u.output, u.reasoning, u.held, u.cost,
          u.charged, u.absorbed, u.status, u.estimated, coalesce(u.provider_id, '-'),
          (extract(epoch from u.at) * 1000000)::bigint, (extract(epoch from u.started_at) * 1000000)::bigint)
        from ledger.usage u where u.id = e.transfer)
      when e.kind = 'vested' then (
        select concat_ws('|', l.wallet_id, l.grant_id, l.tranche, l.priority, s.body, (extract(epoch from l.effective_at) * 1000000)::bigint,
          coalesce(((extract(epoch from l.expires_at) * 1000000)::bigint)::text, '-'))
        from ledger.lot l join ledger.scope s on s.id = l.scope_id where l.id = e.lot_id)
      when e.kind = 'granted' then (
        select concat_ws('|', g.wallet_id, w.person_id, w.asset)
        from ledger.grant_book g join ledger.wallet w on w.id = g.wallet_id where g.grant_id = e.grant_id)
    end)
$$;

-- Seals at most p_limit entries; answers how many. Only entries of transactions below the snapshot's xmin are taken:
-- all of those have ended, so nothing can later commit among the sealed.
create function ledger.seal_next(p_limit int) returns int
language plpgsql
set enable_seqscan = off
as $$
declare
  head ledger.seal_head;
  horizon bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  e record;
  s_seq bigint[] := '{}'; s_hash bytea[] := '{}'; done int := 0;
  first bigint;
begin
  select * into head from ledger.seal_head for update;
  first := head.n;
  for e in
    select x.seq, x.xid, ledger.spoken(x) as said from ledger.entry x
    where (x.xid, x.seq) > (head.xid, head.seq) and x.xid < horizon
    order by x.xid, x.seq limit p_limit
  loop
    head.hash := sha256(head.hash || convert_to(e.said, 'UTF8'));
    head.xid := e.xid; head.seq := e.seq;
    done := done + 1;
    s_seq[done] := e.seq; s_hash[done] := head.hash;
  end loop;
  if done = 0 then return 0; end if;
  insert into ledger.seal (n, entry_seq, hash)
  select first + c.i, c.seq, c.hash from unnest(s_seq, s_hash) with ordinality as c(seq, hash, i);
  update ledger.seal_head set n = first + done, xid = head.xid, seq = head.seq, hash = head.hash;
  return done;
end
$$;
