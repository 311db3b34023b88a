-- Two kinds of movement and an account for one of them; a value that was just added can be used only after its commit.
--   carry    what is available of a lot goes on in another lot of the same grant: available → carried, carried → available
--   convert  what is available of a lot is exchanged into another asset: available → spent, promised → available
alter type ledger.account add value 'carried';
alter type ledger.kind add value 'carry';
alter type ledger.kind add value 'convert';
