-- What ran in a month, of everybody. Records come in nearly in the order in which they ended, so blocks are enough, and cost an import nothing.
create index record_ended on cluster.record using brin (ended_at) with (pages_per_range = 16, autosummarize = on);
