-- A lot's wallet is its grant's: that one key says it all, and looking the wallet up once more for each lot took half of the time of
-- vesting. Where a lot comes from is proved by verify, as is that lots lie in the wallets of their grants.
alter table ledger.lot drop constraint lot_wallet_id_fkey;
alter table ledger.lot drop constraint lot_carried_from_fkey;
alter table ledger.lot drop constraint lot_converted_from_fkey;
