-- Jobs that are advertised with the compute beside the salary. Times and ids come from the caller.
create table offers.post (
  id          uuid primary key,
  status      text not null check (status in ('draft', 'open', 'closed')),
  title       text not null check (length(title) between 1 and 200),
  -- Everything that somebody writes, as `offers/post.ts` checks it; amounts are decimal text.
  body        jsonb not null check (jsonb_typeof(body) = 'object'),
  until_day   date not null,
  created_by  uuid not null references people.person,
  created_at  timestamptz not null,
  changed_at  timestamptz not null,
  -- When it was opened first: what search engines are told.
  opened_at   timestamptz,
  check (status = 'draft' or opened_at is not null)
);

create index post_newest on offers.post (created_at desc, id desc);
create index post_open on offers.post (until_day) where status = 'open';
revoke delete, truncate on offers.post from current_user;
