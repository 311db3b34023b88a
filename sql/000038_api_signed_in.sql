-- Who ever came in by a link: sessions are forgotten when they end, and a candidate's way in is open only until then.
create table api.signed_in (
  person_id uuid primary key,
  first_at  timestamptz not null
);

insert into api.signed_in (person_id, first_at)
select person_id, min(created_at) from api.session group by person_id;
