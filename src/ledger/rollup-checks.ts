const MEASURES =
  'calls charged absorbed corrected late belated input cache_read cache_write_5m cache_write_1h output reasoning audio_input audio_cache_read searches'.split(
    ' ',
  )
const sums = (of: string): string =>
  MEASURES.map((name) => `sum(${of}.${name})::bigint as ${name}`).join(', ')
const row = (of: string): string => `(${MEASURES.map((name) => `${of}.${name}`).join(', ')})`
const SHAPE = 'model class provider upstream door purpose status variant long'.split(' ')
const shape = SHAPE.map((name) => `s.${name}`).join(', ')

/** What the roll-ups have: the facts up to their head. */
const FOLDED = `ledger.used u, ledger.rollup_head h where u.tx <= h.tx and (u.tx > 0 or u.id <= h.old)`

/**
 * The checks of the roll-ups, each a query that answers the rows at which it does not hold. Of calls that are archived and
 * were not read back only the sums are known.
 */
export const ROLLUP_CHECKS: readonly { check: string; text: string }[] = [
  {
    check: 'the roll-ups: each hour is what its calls say',
    text: `select format('hour %s of wallet %s', coalesce(r.hour, f.hour), coalesce(r.wallet_id, f.wallet_id)) as row,
        format('has %s calls and charged %s; its calls say %s and %s', r.calls, r.charged, f.calls, f.charged) as detail
      from (
        select r.wallet_id, r.hour, coalesce(r.key_id::text, '-') as key, concat_ws('|', ${shape}) as shape, ${sums('r')}
        from ledger.usage_hour r join ledger.usage_shape s on s.id = r.shape_id group by 1, 2, 3, 4
      ) r full join (
        select s.wallet_id, date_trunc('hour', s.at, 'UTC') as hour, coalesce(s.key_id::text, '-') as key, concat_ws('|', ${shape}) as shape,
          ${sums('s')}
        from (select u.* from ${FOLDED}) s group by 1, 2, 3, 4
      ) f on f.wallet_id = r.wallet_id and f.hour = r.hour and f.key = r.key and f.shape = r.shape
      where ${row('r')} is distinct from ${row('f')} and not exists (select from ledger.archive)`,
  },
  {
    check: 'the roll-ups: together they are all calls, archived ones too',
    text: `select 'usage_hour' as row, format('has %s calls, charged %s and absorbed %s; the calls say %s, %s and %s', r.calls, r.charged,
        r.absorbed, f.calls, f.charged, f.absorbed) as detail
      from (
        select coalesce(sum(calls), 0) as calls, coalesce(sum(charged), 0) as charged, coalesce(sum(absorbed), 0) as absorbed
        from ledger.usage_hour
      ) r, (
        select sum(calls) as calls, sum(charged) as charged, sum(absorbed) as absorbed from (
          select count(*) as calls, coalesce(sum(u.charged), 0) as charged, coalesce(sum(u.absorbed), 0) as absorbed
          from ledger.usage u, ledger.rollup_head h where u.tx <= h.tx and (u.tx > 0 or u.id <= h.old)
          union all
          select calls, charged, absorbed from ledger.archive
        ) x
      ) f
      where (r.calls, r.charged, r.absorbed) is distinct from (f.calls, f.charged, f.absorbed)`,
  },
  {
    check: 'the roll-ups: days and the company are what the hours say',
    text: `select format('day %s of wallet %s', coalesce(d.day, h.day), coalesce(d.wallet_id, h.wallet_id)) as row,
        format('has %s calls and charged %s; its hours say %s and %s', d.calls, d.charged, h.calls, h.charged) as detail
      from ledger.wallet_day d full join (
        select r.wallet_id, (r.hour at time zone 'UTC')::date as day, s.class, sum(r.calls) as calls, sum(r.charged) as charged,
          sum(r.corrected) as corrected
        from ledger.usage_hour r join ledger.usage_shape s on s.id = r.shape_id group by 1, 2, 3
      ) h on h.wallet_id = d.wallet_id and h.day = d.day and h.class = d.class
      where (d.calls, d.charged, d.corrected) is distinct from (h.calls, h.charged, h.corrected)
      union all
      select 'hour ' || coalesce(c.hour, h.hour) || ' of the company',
        format('has %s calls and charged %s; its people say %s and %s', c.calls, c.charged, h.calls, h.charged)
      from ledger.company_hour c full join (
        select r.hour, r.shape_id, ${sums('r')} from ledger.usage_hour r group by 1, 2
      ) h on h.hour = c.hour and h.shape_id = c.shape_id
      where ${row('c')} is distinct from ${row('h')}`,
  },
]
