-- What a price that only stands where nothing is offered is called.
alter table prices.observation drop constraint observation_quality_check;
update prices.observation set quality = 'not_offered' where quality = 'placeholder';
alter table prices.observation add constraint observation_quality_check
  check (quality in ('ok', 'thin', 'resold', 'not_offered', 'below_floor', 'above_ceiling', 'synthetic', 'other_meaning', 'withdrawn'));
