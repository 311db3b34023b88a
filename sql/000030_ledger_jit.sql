-- A way of planning that is off is only made dear before PostgreSQL 18, so dear where there is no other (a table of one row) that the plan
-- was compiled first, anew for each batch: a hundred times what the batch takes.
alter function ledger.spend set jit = off;
alter function ledger.seal_next set jit = off;
