-- A record's cluster is read before each writing and is never deleted: to check that again for each record cost a look-up for nothing.
alter table cluster.record drop constraint if exists record_cluster_id_fkey;
