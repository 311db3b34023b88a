-- The hash chain: soon after commit, in order, each entry is sealed with the hash of itself and of the seal before it.
-- What an entry says includes the usage row, the lot's terms or the grant it belongs to, so that those are sealed with it.

create function ledger.micros(at timestamptz) returns bigint
language sql immutable parallel safe as $$ select (date_part('epoch', at) * 1000000)::bigint $$;

create view ledger.spoken as
select e.seq, e.xid, e.transfer, e.kind, e.n,
  concat_ws('|', e.seq, e.transfer, e.kind, e.n, ledger.micros(e.at), e.source, e.target, coalesce(e.lot_id::text, '-'),
    coalesce(e.grant_id::text, '-'), coalesce(e.party, '-'), e.amount, coalesce(e.price_version::text, '-'),
    coalesce(e.cause::text, '-'), e.xid,
    case when u.id is not null then
      concat_ws('|', u.wallet_id, u.person_id, coalesce(u.key_id::text, '-'), u.door, u.route, u.model, u.class, u.provider, u.upstream,
        u.purpose, u.input, u.cache_read, u.cache_write_5m, u.cache_write_1h, u.output, u.reasoning, u.held, u.cost, u.charged,
        u.absorbed, u.status, u.estimated, coalesce(u.provider_id, '-'), ledger.micros(u.at), ledger.micros(u.started_at))
    end,
    case when l.id is not null then
      concat_ws('|', l.wallet_id, l.grant_id, l.tranche, l.priority, s.body, ledger.micros(l.effective_at),
        coalesce(ledger.micros(l.expires_at)::text, '-'))
    end,
    case when g.grant_id is not null then concat_ws('|', g.wallet_id, w.person_id, w.asset) end
  ) as said
from ledger.entry e
left join ledger.usage u on e.kind in ('settle', 'lapse') and e.n = 0 and u.id = e.transfer
left join ledger.lot l on e.kind = 'vested' and l.id = e.lot_id
left join ledger.scope s on s.id = l.scope_id
left join ledger.grant_book g on e.kind = 'granted' and g.grant_id = e.grant_id
left join ledger.wallet w on w.id = g.wallet_id;

-- Seals at most p_limit entries; answers how many. Only entries of transactions below the snapshot's xmin are taken:
-- all of those have ended, so nothing can later commit among the sealed.
create function ledger.seal_next(p_limit int) returns int
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  head ledger.seal_head;
  horizon bigint := (select base from ledger.epoch) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  e record;
  s_seq bigint[] := '{}'; s_hash bytea[] := '{}'; done int := 0;
  first bigint;
begin
  select * into head from ledger.seal_head for update;
  first := head.n;
  for e in
    select x.seq, x.xid, x.said from ledger.spoken x
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

-- Asked whenever a process opens the ledger: in a restored database the transaction ids may be lower than those of the
-- entries, which would then never be sealed. The base only ever goes up.
create function ledger.rebase() returns void
language sql as $$
  update ledger.epoch e set base = n.newest from (
    select greatest(h.xid, coalesce((select x.xid from ledger.entry x order by x.xid desc, x.seq desc limit 1), 0)) as newest
    from ledger.seal_head h
  ) n where e.base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint <= n.newest
$$;
