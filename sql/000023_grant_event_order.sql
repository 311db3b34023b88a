-- Several things can happen to a grant within a millisecond, and ids of one millisecond have no order: what came after what is
-- told by a number of its own.
alter table grants.event add column seq bigint generated always as identity;
drop index grants.event_grant;
create unique index event_grant on grants.event (grant_id, seq);

alter table grants.approval add column seq bigint generated always as identity;
drop index grants.approval_grant;
create unique index approval_grant on grants.approval (grant_id, seq);

-- The same for salaries told for one day within a millisecond.
alter table people.salary add column seq bigint generated always as identity;
drop index people.salary_person;
create unique index salary_person on people.salary (person_id, effective_on desc, seq desc);
