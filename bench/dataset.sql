-- The benchmark's data: incidents and timelines like those of a year, spread over all accounts. Dataset.java replaces what is in
-- braces. Triggers are off (session_replication_role) because they would take most of the time: numbers, positions and heads are as
-- the triggers would set them, hashes only have the right length.
set session_replication_role = replica;
set work_mem = '256MB';
set synchronous_commit = off;
select setseed(0.6);

insert into np_incidents (source_account_id, id, number, title, summary, severity, status, owner, opened_by,
  labels, services, dedup_key, occurrences, merged_into, version, opened_at, acknowledged_at, mitigated_at, resolved_at,
  closed_at, updated_at)
select account::text, id, number,
  service || ': ' || symptom || ' in ' || region,
  case when number % 2 = 0 then 'Seen first by the ' || team || ' team; ' || symptom || ', customers of ' || region
    || ' are concerned. Dashboards and the last deployment are the places to look at.' end,
  severity, status, case when status <> 'open' then team || '-' || number % 7 end, 'monitoring',
  jsonb_build_object('team', team, 'region', region, 'env', 'production'),
  case when number % 4 = 0 then array[service, 'gateway'] else array[service] end,
  case when number % 3 = 0 then service || '-' || number end, 1 + number % 3,
  case when status = 'merged' then ('{prefix}' || (account * {stride} + case number when 1 then 2 else number - 1 end))::uuid end,
  1 + number % 5, opened_at,
  case when status <> 'open' then opened_at + interval '3 minutes' end,
  case when status in ('mitigating', 'resolved', 'closed') then opened_at + interval '20 minutes' end,
  case when status in ('resolved', 'closed') then opened_at + interval '50 minutes' end,
  case when status in ('closed', 'cancelled', 'merged') then opened_at + interval '2 hours' end,
  opened_at + interval '2 hours'
from (
  select account, number, ('{prefix}' || (account * {stride} + number))::uuid as id,
    now() - interval '1 year' + interval '364 days' * (number - random()) / {incidents} as opened_at,
    (array['critical', 'high', 'high', 'medium', 'medium', 'medium', 'low', 'low', 'info', 'info'])[1 + floor(random() * 10)]
      as severity,
    (array['open', 'acknowledged', 'mitigating', 'resolved', 'resolved', 'closed', 'closed', 'closed', 'closed', 'closed',
      'closed', 'closed', 'closed', 'closed', 'closed', 'cancelled', 'merged', 'closed', 'closed', 'resolved'])
      [1 + floor(random() * 20)] as status,
    (array['checkout', 'payments', 'search', 'catalogue', 'login', 'mail', 'billing', 'gateway'])[1 + floor(random() * 8)]
      as service,
    (array['payments', 'platform', 'storefront', 'data', 'identity'])[1 + floor(random() * 5)] as team,
    (array['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-south-1'])[1 + floor(random() * 4)] as region,
    (array['latency above the threshold', 'error rate above 5 %', 'queue grows without end', 'disk almost full',
      'certificate expires soon', 'no healthy instances', 'replication lags behind', 'timeouts upstream', 'login fails',
      'memory exhausted', 'too many connections', 'deployment stuck'])[1 + floor(random() * 12)] as symptom
  from generate_series(1, {incidents}) number cross join generate_series({first}, {last}) account
  offset 0
) incident
order by number, account;

-- Each incident has {events} events on average, spread evenly; the first one of the first account has {long} more.
insert into np_incident_timeline (source_account_id, incident_id, seq, id, kind, message, data, actor, occurred_at,
  recorded_at, salt, content_hash, hash, position)
select source_account_id, incident.id, seq, uuidv7(),
  case when seq = 1 then 'opened' when seq % 6 = 0 then 'status_changed' else 'note' end,
  case when seq = 1 then title else 'Step ' || seq || ': ' || (array['looked at the dashboards, nothing there',
    'rolled the last deployment back', 'restarted two instances in the second zone', 'called the provider, who knows of it',
    'error rate falls', 'customers were told'])[1 + (seq + number) % 6] end,
  case when seq = 1 then jsonb_build_object('severity', severity) when seq % 6 = 0
    then jsonb_build_object('from', 'open', 'to', 'acknowledged') end,
  case when seq = 1 then 'monitoring' else 'ana' end,
  opened_at + seq * interval '1 minute', opened_at + seq * interval '1 minute', gen_random_uuid(),
  sha256(int8send(seq)), sha256(int8send(seq * number)),
  row_number() over (order by number, source_account_id, seq)
from np_incidents incident cross join lateral generate_series(1,
  {events} - {spread} + (number * 7919 + source_account_id::integer * 104729) % (2 * {spread} + 1)
  + case when number = 1 and source_account_id = '{first}' then {long} else 0 end) seq
order by number, source_account_id, seq;

insert into np_incident_timeline_heads (source_account_id, incident_id, seq, hash)
select distinct on (source_account_id, incident_id) source_account_id, incident_id, seq, hash
from np_incident_timeline order by source_account_id, incident_id, seq desc;

insert into np_incident_numbers select source_account_id, max(number) from np_incidents group by 1;
select setval('np_incident_feed_positions', (select max(position) from np_incident_timeline));

-- A version before milestones leaves them to the migration of the next one.
do $$
declare
  account text;
  ids uuid[];
begin
  if to_regprocedure('np_incident_milestones_derive(text[], uuid[])') is null then
    return;
  end if;
  for account, ids in
    select source_account_id, array_agg(id) from np_incidents group by source_account_id, number / 1000
  loop
    perform np_incident_milestones_derive(array_fill(account, array[cardinality(ids)]), ids);
  end loop;
end
$$;
