-- Who works here, for which legal entity. A person is never deleted: the ledger speaks of them for ever.
create schema people;

create table people.legal_entity (
  id         uuid primary key,
  name       text not null check (length(name) between 1 and 200),
  country    text not null check (country ~ '^[A-Z]{2}$'),
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null
);

create unique index legal_entity_name on people.legal_entity (lower(name));

create table people.person (
  id         uuid primary key,
  email      text not null check (length(email) between 3 and 254),
  name       text not null check (length(name) between 1 and 200),
  role       text not null check (role in ('employee', 'people', 'finance', 'admin')),
  -- Free text of the company's own ladder, such as IC3 or M2; policy reads it.
  level      text not null check (length(level) between 1 and 40),
  title      text not null check (length(title) <= 200),
  entity_id  uuid not null references people.legal_entity,
  country    text not null check (country ~ '^[A-Z]{2}$'),
  hired_on   date not null,
  -- The first day on which the person no longer works here.
  left_on    date check (left_on >= hired_on),
  manager_id uuid references people.person check (manager_id <> id),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create unique index person_email on people.person (lower(email));
-- The order of lists, byte by byte, so that a cursor means the same on every server.
create index person_order on people.person (lower(name) collate "C", id);
create index person_entity on people.person (entity_id);
create index person_manager on people.person (manager_id) where manager_id is not null;

-- What rooms beside this one may read of a person: who may spend, and until when.
create view people.spender as
  select id, email, name, level, hired_on, left_on from people.person;
