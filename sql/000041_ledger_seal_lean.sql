-- Less work for each entry that is sealed: nearly all are of calls, and of those only the usage is said with the entry.

-- What it says is what it said, word for word. The joins that vesting and exchanging need are made only for entries of those kinds.
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
    case when e.kind in ('granted', 'vested', 'carry', 'convert') then (
      select nullif(concat_ws('|',
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
        end), '')
      from (select) one
      left join ledger.lot l on l.id = case when e.kind = 'vested' or e.kind in ('carry', 'convert') and e.target = 'available' then e.lot_id end
      left join ledger.scope s on s.id = l.scope_id
      left join ledger.grant_book g
        on g.grant_id = case when e.kind = 'granted' then e.grant_id when e.kind = 'convert' and e.target = 'available' then l.grant_id end
      left join ledger.wallet w on w.id = g.wallet_id
      left join ledger.conversion c on c.transfer = case when e.kind = 'convert' and e.n = 0 then e.transfer end
    ) end
  ) as said
from ledger.entry e
left join ledger.usage u on u.id = case when e.kind in ('settle', 'lapse') and e.n = 0 then e.transfer end;

-- A new database, or a new month, knows of no calls yet when the turn of sealing is planned. What looks empty would be read once and kept
-- at hand, and then searched from its beginning for each entry, until the tables are analyzed: a second for a thousand entries.
alter function ledger.seal_next(int) set enable_material = off;
-- A call is looked for once, so nothing that was found is worth keeping.
alter function ledger.seal_next(int) set enable_memoize = off;
