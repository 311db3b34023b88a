-- What becomes of an offer is told to the company's endpoints, in the transaction of the event: sent if and only if it happened.
-- Neither the candidate nor what they are paid is in the body.
create function webhooks.enqueue_offer() returns trigger language plpgsql as $$
begin
  insert into webhooks.delivery (endpoint_id, event_id, type, at, person_id, body, state, next_at)
  select e.id, new.id, 'offer.' || new.kind, new.recorded_at, null,
    jsonb_build_object('offer', o.id, 'version', new.version, 'status', case when new.kind = 'viewed' then 'sent' else new.kind end,
      'title', o.ask -> 'position' ->> 'title', 'level', o.level),
    'waiting', new.recorded_at
  from webhooks.endpoint e, offers.offer o
  where o.id = new.offer_id and e.disabled_at is null and e.person_id is null
    and (e.types is null or 'offer.' || new.kind = any (e.types));
  return null;
end $$;

create trigger offer_sent after insert on offers.event for each row
  when (new.kind in ('sent', 'viewed', 'accepted', 'declined')) execute function webhooks.enqueue_offer();
