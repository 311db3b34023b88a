-- Seals in blocks. What is sealed at once gets one row and one hash, chained to the one before; until now each entry had a row, which
-- cost as much as the entry itself. Seals that were made so stay, and the blocks go on behind them.

create table ledger.seal_block (
  -- How many entries are sealed with this block: those before it and its own.
  n bigint primary key,
  -- sha256 of the hash before it and of its entries' own sha256, in order: each is 32 bytes, so nothing can be read in two ways.
  hash bytea not null check (octet_length(hash) = 32),
  -- Its entries in the order of the chain, and 8 bytes of the sha256 of each, so that the one that was changed can be named.
  seqs bigint[] not null check (cardinality(seqs) > 0),
  marks bytea[] not null,
  constraint one_mark_each check (cardinality(marks) = cardinality(seqs))
);

revoke update, delete, truncate on ledger.seal_block from current_user;

-- What it says depends on no setting of the session, but the planner must believe less than that to write it in place: called row by
-- row it costs more than all the rest of an entry's text.
alter function ledger.micros(timestamptz) stable;

-- As in 000019, word for word. Only the joins are told otherwise: a key that is null where there is nothing to find spares the look-up.
create or replace view ledger.spoken as
select e.seq, e.xid, e.transfer, e.kind, e.n,
  concat_ws('|', e.seq, e.transfer, e.kind, e.n, ledger.micros(e.at), e.source, e.target, coalesce(e.lot_id::text, '-'),
    coalesce(e.grant_id::text, '-'), coalesce(e.party, '-'), e.amount, coalesce(e.price_version::text, '-'),
    coalesce(e.cause::text, '-'), e.xid,
    case when u.id is not null then
      concat_ws('|', u.wallet_id, u.person_id, coalesce(u.key_id::text, '-'), u.door, u.route, u.model, u.class, u.provider, u.upstream,
        u.purpose, u.input, u.cache_read, u.cache_write_5m, u.cache_write_1h, u.output, u.reasoning, u.held, u.cost, u.charged,
        u.absorbed, u.status, u.estimated, coalesce(u.provider_id, '-'), ledger.micros(u.at), ledger.micros(u.started_at),
        case when (u.audio_input, u.audio_cache_read, u.searches) <> (0, 0, 0) or u.variant is not null then
          concat_ws('|', u.audio_input, u.audio_cache_read, u.searches, coalesce(u.variant, '-'))
        end)
    end,
    case when l.id is not null then
      concat_ws('|', l.wallet_id, l.grant_id, l.tranche, l.priority, s.body, ledger.micros(l.effective_at),
        coalesce(ledger.micros(l.expires_at)::text, '-'),
        case when l.carried_from is not null or l.converted_from is not null then
          concat_ws('|', coalesce(l.carried_from::text, '-'), coalesce(l.converted_from::text, '-'))
        end)
    end,
    case when g.grant_id is not null then
      concat_ws('|', g.wallet_id, w.person_id, w.asset, case when g.converted_from is not null then g.converted_from end)
    end,
    case when c.transfer is not null then
      concat_ws('|', c.lot_id, c.into_lot_id, c.from_asset, c.to_asset, c.amount, c.quantity, c.rate_n, c.rate_d, c.basis)
    end
  ) as said
from ledger.entry e
left join ledger.usage u on u.id = case when e.kind in ('settle', 'lapse') and e.n = 0 then e.transfer end
left join ledger.lot l on l.id = case when e.kind = 'vested' or e.kind in ('carry', 'convert') and e.target = 'available' then e.lot_id end
left join ledger.scope s on s.id = l.scope_id
left join ledger.grant_book g
  on g.grant_id = case when e.kind = 'granted' then e.grant_id when e.kind = 'convert' and e.target = 'available' then l.grant_id end
left join ledger.wallet w on w.id = g.wallet_id
left join ledger.conversion c on c.transfer = case when e.kind = 'convert' and e.n = 0 then e.transfer end;

-- As in 000009: at most p_limit entries, only those of transactions below the snapshot's xmin; answers how many. One block for all.
create or replace function ledger.seal_next(p_limit int) returns int
language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set max_parallel_workers_per_gather = 0
-- Before PostgreSQL 18 a way of planning that is off is only made dear, so dear that what was planned would be compiled anew for each batch.
set jit = off
as $$
declare
  head ledger.seal_head;
  horizon bigint := (select base from ledger.epoch) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  taken record;
begin
  select * into head from ledger.seal_head for update;
  select count(*)::int as count, array_agg(e.seq) as seqs, string_agg(e.digest, '') as digests, array_agg(substr(e.digest, 1, 8)) as marks,
    (array_agg(e.xid))[count(*)] as xid, (array_agg(e.seq))[count(*)] as seq
  into taken
  from (
    select x.seq, x.xid, sha256(convert_to(x.said, 'UTF8')) as digest from ledger.spoken x
    where (x.xid, x.seq) > (head.xid, head.seq) and x.xid < horizon
    order by x.xid, x.seq limit p_limit
  ) e;
  if taken.count = 0 then return 0; end if;
  head.n := head.n + taken.count;
  head.hash := sha256(head.hash || taken.digests);
  insert into ledger.seal_block (n, hash, seqs, marks) values (head.n, head.hash, taken.seqs, taken.marks);
  update ledger.seal_head set n = head.n, xid = taken.xid, seq = taken.seq, hash = head.hash;
  return taken.count;
end
$$;
