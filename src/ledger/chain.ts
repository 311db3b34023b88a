/**
 * The checks of the hash chain, each a query that answers the rows at which it does not hold. Seals are of two ages: one
 * row an entry until blocks came (`ledger.seal`), and one row a block behind them (`ledger.seal_block`). An entry that says
 * nothing is one whose call is archived and was not read back: it and its block cannot be hashed again, the others' marks can.
 */
export const CHAIN_CHECKS: readonly { check: string; text: string }[] = [
  {
    check: 'the hash chain: no sealed entry changed',
    text: `with single as (
        select s.n, s.entry_seq, s.hash, lag(s.hash, 1, sha256('perq ledger'::bytea)) over (order by s.n) as before from ledger.seal s
      ), block as (
        select b.*, lag(b.hash, 1, coalesce((select s.hash from ledger.seal s order by s.n desc limit 1), sha256('perq ledger'::bytea)))
          over (order by b.n) as before
        from ledger.seal_block b
      ), member as (
        select b.n, x.i, x.seq, x.mark, sha256(convert_to(e.said, 'UTF8')) as digest, e.seq is not null and e.said is null as away,
          case when e.seq is null then 'is missing; seal ' || b.n || ' saw it'
            else e.kind || ' ' || e.n || ' of transfer ' || e.transfer || ' is not what seal ' || b.n || ' saw' end as detail
        from ledger.seal_block b cross join unnest(b.seqs, b.marks) with ordinality as x(seq, mark, i)
          left join ledger.spoken e on e.seq = x.seq
      ), proved as (
        select b.n, m.away or b.hash = sha256(b.before || coalesce(m.digests, '')) as holds, m.rows, m.details
        from block b join (
          select n, string_agg(digest, '' order by i) as digests, bool_or(away) as away,
            array_agg('entry ' || seq order by i) filter (where substr(digest, 1, 8) is distinct from mark and not away) as rows,
            array_agg(detail order by i) filter (where substr(digest, 1, 8) is distinct from mark and not away) as details
          from member group by n
        ) m on m.n = b.n
      )
      select f.row, f.detail from (
        select c.n, 'entry ' || c.entry_seq as row,
          case when e.seq is null then 'is missing; seal ' || c.n || ' saw it'
            else e.kind || ' ' || e.n || ' of transfer ' || e.transfer || ' is not what seal ' || c.n || ' saw' end as detail
        from single c left join ledger.spoken e on e.seq = c.entry_seq
        where e.seq is null or c.hash <> sha256(c.before || convert_to(e.said, 'UTF8'))
        union all
        select p.n, x.row, x.detail from proved p cross join unnest(p.rows, p.details) as x(row, detail)
        union all
        select p.n, 'seal ' || p.n, 'is not the hash of its entries and of the seal before it' from proved p where not p.holds and p.rows is null
      ) f order by f.n`,
  },
  {
    check: 'the hash chain: no seal missing',
    text: `with seals as (
        select s.n, s.n - 1 as after, s.hash from ledger.seal s
        union all
        select b.n, b.n - cardinality(b.seqs), b.hash from ledger.seal_block b
      )
      select 'seal ' || n as row, 'does not follow seal ' || before as detail
      from (select n, after, lag(n, 1, 0::bigint) over (order by n) as before from seals) s where after <> before
      union all
      select 'seal_head', 'says ' || h.n || ' sealed entries, the seals say ' || coalesce(sum(s.n - s.after), 0)
      from ledger.seal_head h left join seals s on true group by h.n, h.hash
      having h.n <> coalesce(sum(s.n - s.after), 0)
        or (h.n > 0 and h.hash is distinct from (select hash from seals order by n desc limit 1))`,
  },
  {
    check: 'the hash chain: no entry slipped in',
    text: `with sealed as (
        select s.entry_seq as seq from ledger.seal s
        union all
        select unnest(b.seqs) from ledger.seal_block b
      )
      select 'entry ' || e.seq as row, e.kind || ' of transfer ' || e.transfer || ' has no seal though later ones have' as detail
      from ledger.entry e, ledger.seal_head h
      where (e.xid, e.seq) <= (h.xid, h.seq) and not exists (select 1 from sealed s where s.seq = e.seq)
      order by e.seq`,
  },
]
