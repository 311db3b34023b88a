-- Since when the roll-ups are behind: the time of the oldest call that none of them holds yet; null when they are not. Planned with the
-- place they have reached, so that only the newest pages of the calls are looked at, however many there are.
create function ledger.unrolled_since() returns timestamptz
language plpgsql stable
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set jit = off
as $$
declare
  every constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  head ledger.rollup_head;
  since timestamptz;
begin
  select * into head from ledger.rollup_head;
  if head.old < every then
    select u.at into since from ledger.usage_rest u where u.tx = 0 and u.id > head.old order by u.id limit 1;
    if since is not null then return since; end if;
  end if;
  return (select min(u.at) from ledger.usage u where u.tx > head.tx);
end
$$;
