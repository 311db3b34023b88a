-- Offers: what a candidate is offered, who agreed to it, how they were reached and what they answered. Times and ids come from
-- the caller. Money in `ask` and `content` is decimal text in billionths of the offer's currency.

create schema offers;

create table offers.offer (
  id         uuid primary key,
  status     text not null check (status in
    ('draft', 'pending', 'approved', 'sent', 'accepted', 'declined', 'expired', 'withdrawn')),
  -- Of what is drafted now, or was submitted last. What was judged or revised begins the next one.
  version    int not null check (version >= 1),
  -- Everything that somebody decides; what was submitted stands in offers.version, too, as the text that was hashed.
  ask        jsonb not null check (jsonb_typeof(ask) = 'object'),
  level      text not null,
  starts_on  date not null,
  -- The last day on which it can be accepted.
  expires_on date not null,
  -- Who became of the candidate.
  person_id  uuid,
  created_by uuid not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  constraint accepted_by check ((status = 'accepted') = (person_id is not null))
);

create index offer_new on offers.offer (created_at desc, id desc);
create index offer_status on offers.offer (status, created_at desc, id desc);
create index offer_expiring on offers.offer (expires_on, id) where status in ('approved', 'sent');

-- What was submitted, byte by byte: what people approve, and what a candidate reads and accepts.
create table offers.version (
  offer_id        uuid not null references offers.offer,
  n               int not null check (n >= 1),
  content         text not null,
  content_hash    text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  document_hash   text not null check (document_hash ~ '^[0-9a-f]{64}$'),
  -- The cap of its compute over four years, in nano-dollars.
  compute_cap_usd bigint not null check (compute_cap_usd >= 0),
  needed          int not null check (needed in (1, 2)),
  submitted_at    timestamptz not null,
  submitted_by    uuid not null,
  primary key (offer_id, n)
);

create table offers.approval (
  id           uuid primary key,
  offer_id     uuid not null references offers.offer,
  version      int not null check (version >= 1),
  verdict      text not null check (verdict in ('approved', 'rejected')),
  -- Of what was judged.
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  note         text not null check (length(note) <= 500),
  recorded_at  timestamptz not null,
  recorded_by  uuid not null,
  seq          bigint generated always as identity,
  unique (offer_id, version, recorded_by)
);

create unique index approval_offer on offers.approval (offer_id, seq);

-- What happened to an offer, in the order in which it was recorded.
create table offers.event (
  id          uuid primary key,
  offer_id    uuid not null references offers.offer,
  version     int not null check (version >= 1),
  kind        text not null check (kind ~ '^[a-z][a-z_]{0,39}$'),
  -- Texts alone.
  body        jsonb not null check (jsonb_typeof(body) = 'object'),
  recorded_at timestamptz not null,
  -- Null: the candidate, or the clock.
  recorded_by uuid,
  seq         bigint generated always as identity
);

create unique index event_offer on offers.event (offer_id, seq);

-- A way in for whoever has it. Only its id and its end are signed, so that revoking it is all there is to do here.
create table offers.link (
  id         uuid primary key,
  offer_id   uuid not null references offers.offer,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  created_by uuid,
  revoked_at timestamptz,
  revoked_by uuid,
  seq        bigint generated always as identity
);

create unique index link_offer on offers.link (offer_id, seq);

create table offers.question (
  id       uuid primary key,
  offer_id uuid not null references offers.offer,
  body     text not null check (length(body) between 1 and 2000),
  asked_at timestamptz not null,
  seq      bigint generated always as identity
);

create unique index question_offer on offers.question (offer_id, seq);

create table offers.answer (
  question_id uuid primary key,
  body        text not null check (length(body) between 1 and 2000),
  answered_at timestamptz not null,
  answered_by uuid not null
);

-- What the candidate agreed to, byte by byte; an offer is accepted once.
create table offers.acceptance (
  offer_id     uuid primary key references offers.offer,
  version      int not null check (version >= 1),
  person_id    uuid not null,
  content      text not null,
  content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
  -- As they typed it.
  typed_name   text not null check (length(typed_name) between 1 and 200),
  accepted_at  timestamptz not null
);

-- What a level may be offered, and what a year may promise. The latest version holds.
create table offers.bands (
  version     int generated always as identity primary key,
  body        jsonb not null,
  recorded_at timestamptz not null,
  recorded_by uuid not null
);

-- What was said stays as it was said; an offer only changes its state, a link only ends. Nothing refers to a row that cannot be
-- updated: PostgreSQL takes the right to for that check.
revoke update, delete, truncate on offers.version, offers.approval, offers.event, offers.question, offers.answer,
  offers.acceptance, offers.bands from current_user;
revoke delete, truncate on offers.offer, offers.link from current_user;
