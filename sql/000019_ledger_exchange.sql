-- Wallets of every asset that a grant can count; lots that go on in other lots (carry) or come from another asset (convert); grants
-- that are raised.

alter table ledger.wallet drop constraint wallet_asset_check;
alter table ledger.wallet add constraint wallet_asset_check check (
  asset in ('USD', 'SEAT_MONTH', 'EXAFLOP_DAY')
  or asset ~ '^GPU_SECOND/[A-Za-z0-9][A-Za-z0-9._-]{0,39}/(guaranteed|priority|spot)$'
  or asset ~ '^NODE_SECOND/[A-Za-z0-9][A-Za-z0-9._-]{0,39}x[1-9][0-9]{0,3}/(guaranteed|priority|spot)$'
  or asset ~ '^TOKEN/[a-z][a-z0-9_-]{0,39}$'
);

-- What was exchanged into an asset has a book of its own there, so that the grant equation holds in each asset by itself.
alter table ledger.grant_book add converted_from uuid references ledger.grant_book;
create index grant_book_converted on ledger.grant_book (converted_from) where converted_from is not null;

-- `carried` left this lot for others; `vested` is what is left of it to account for, so that lots still add up to their grant.
alter table ledger.lot add carried bigint not null default 0 check (carried >= 0);
alter table ledger.lot add carried_from uuid references ledger.lot;
alter table ledger.lot add converted_from uuid references ledger.lot;
alter table ledger.lot add constraint comes_from_one_place check (carried_from is null or converted_from is null);
alter table ledger.lot drop constraint lot_vested_check;
alter table ledger.lot add constraint something_vested check (vested + carried > 0 and vested >= 0);

-- A tranche vests once; what later comes of it keeps its number.
alter table ledger.lot drop constraint lot_grant_id_tranche_key;
create unique index lot_tranche on ledger.lot (
  grant_id, tranche, (case when carried_from is null and converted_from is null then '00000000-0000-0000-0000-000000000000' else id end)
);

-- The rate of each exchange: so many smallest units of the one for one of the other, as a fraction, and where it came from.
create table ledger.conversion (
  transfer uuid primary key,
  at timestamptz not null,
  lot_id uuid not null references ledger.lot,
  into_lot_id uuid not null references ledger.lot,
  from_asset text not null,
  to_asset text not null check (to_asset <> from_asset),
  amount bigint not null check (amount > 0),
  quantity bigint not null check (quantity > 0),
  rate_n numeric not null check (rate_n > 0 and scale(rate_n) = 0),
  rate_d numeric not null check (rate_d > 0 and scale(rate_d) = 0),
  basis text not null check (length(basis) between 1 and 1000),
  -- What is left over by rounding is the company's, never the converter's.
  constraint rounded_down check (quantity = div(amount * rate_n, rate_d))
);

create index conversion_lot on ledger.conversion (lot_id);

revoke update, delete, truncate on ledger.conversion from current_user;

alter table ledger.entry drop constraint template_allows_move;
alter table ledger.entry add constraint template_allows_move check ((kind, source, target) in (
  ('granted', 'promised', 'unvested'),
  ('vested', 'unvested', 'available'),
  ('hold', 'available', 'held'),
  ('settle', 'held', 'spent'), ('settle', 'held', 'available'),
  ('release', 'held', 'available'),
  ('lapse', 'held', 'spent'), ('lapse', 'held', 'available'),
  ('absorb', 'absorbed', 'spent'),
  ('expire', 'available', 'expired'),
  ('forfeit', 'unvested', 'forfeited'),
  ('revoke', 'available', 'revoked'), ('revoke', 'unvested', 'revoked'),
  ('adjust', 'spent', 'available'), ('adjust', 'unvested', 'promised'), ('adjust', 'promised', 'unvested'),
  ('carry', 'available', 'carried'), ('carry', 'carried', 'available'),
  ('convert', 'available', 'spent'), ('convert', 'promised', 'available')
));

-- As in 000010. A lot is told with the entry that opens it, whichever that is; where it comes from, and the rate of an exchange, only
-- where there is something to tell: what was sealed before says, and hashes, what it did.
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
left join ledger.usage u on e.kind in ('settle', 'lapse') and e.n = 0 and u.id = e.transfer
left join ledger.lot l on (e.kind = 'vested' or e.kind in ('carry', 'convert') and e.target = 'available') and l.id = e.lot_id
left join ledger.scope s on s.id = l.scope_id
left join ledger.grant_book g
  on g.grant_id = case when e.kind = 'granted' then e.grant_id when e.kind = 'convert' and e.target = 'available' then l.grant_id end
left join ledger.wallet w on w.id = g.wallet_id
left join ledger.conversion c on c.transfer = case when e.kind = 'convert' and e.n = 0 then e.transfer end;
