-- What the company can deliver from. Written by the room `supply` alone.
create schema supply;

-- A node and the time in which it stood behind what is promised. Another size, kind or promise is another row.
create table supply.node (
  id          uuid primary key,
  -- The cluster's name, which outlives each life of its accounting.
  cluster     text not null check (cluster ~ '^[a-z][a-z0-9-]{0,39}$'),
  node        text not null check (length(node) between 1 and 100),
  accelerator text not null check (accelerator ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  gpus        int not null check (gpus between 1 and 9999),
  tiers       text[] not null check (tiers <@ array['guaranteed', 'priority', 'spot'] and cardinality(tiers) > 0),
  from_at     timestamptz not null,
  -- Null: it still does.
  to_at       timestamptz check (to_at > from_at)
);

create unique index node_now on supply.node (cluster, node, accelerator) where to_at is null;
create index node_of_accelerator on supply.node (accelerator, from_at);
revoke delete, truncate on supply.node from current_user;
