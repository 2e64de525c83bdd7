-- Which cluster the database belongs to. A dump that is restored into another one brings this row along, so that a copy of
-- production is told from production, and does not go on with its runbooks.
create table np_incident_mgmt_cluster (
  only_row boolean primary key default true constraint np_incident_mgmt_cluster_only_row check (only_row),
  system_identifier bigint not null,
  timeline integer not null constraint np_incident_mgmt_cluster_timeline_range check (timeline > 0),
  seen_at timestamptz not null default now()
);
comment on table np_incident_mgmt_cluster is 'The cluster whose runbooks the service executes, in one row. Written by the service''s login role at its start.';
comment on column np_incident_mgmt_cluster.only_row is 'Always true: there is one row.';
comment on column np_incident_mgmt_cluster.system_identifier is 'The system identifier of the cluster (pg_control_system), which its standbys share.';
comment on column np_incident_mgmt_cluster.timeline is 'The last WAL timeline of the primary that was seen. Each promotion raises it.';
comment on column np_incident_mgmt_cluster.seen_at is 'When that timeline was first seen.';

-- A standby does not have the locks of its primary's transactions, so it cannot say up to where the feed is settled: a
-- position that commits late would be passed.
create or replace function np_incident_feed_end(account text) returns bigint
  language plpgsql volatile
as $$
declare
  given bigint;
  lowest bigint;
begin
  if pg_is_in_recovery() then
    raise exception 'np_incident_feed is not available on a standby'
      using errcode = 'read_only_sql_transaction', hint = 'Connect to the primary.';
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'np_incident_feed needs the isolation level read committed'
      using errcode = 'invalid_transaction_state', hint = 'It must see what commits while it looks.';
  end if;
  -- In this order. Who has a position up to "given" had its fence before: it stands now, or its transaction is over and the
  -- statement after this function sees what it wrote.
  select last_value into given from np_incident_feed_positions;
  select min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 40) - 1)) into lowest
  from pg_locks
  where locktype = 'advisory' and objsubid = 1 and mode = 'ShareLock'
    and database = (select oid from pg_database where datname = current_database())
    and classid::bigint >> 8 = np_incident_feed_fence(account);
  return least(given, lowest);
end
$$;
