-- In batches with a transaction each, while processes of the version before go on writing. After an interruption it goes on
-- where it stopped.
set statement_timeout = 0;
call np_incident_milestones_migrate(100);
set statement_timeout = '60s';
drop procedure np_incident_milestones_migrate(integer);
drop policy np_incidents_migration on np_incidents;
drop policy np_incident_timeline_migration on np_incident_timeline;
drop policy np_incident_milestones_migration on np_incident_milestones;
drop policy np_incident_durations_migration on np_incident_durations;
alter table np_incidents validate constraint np_incidents_kind_known;
