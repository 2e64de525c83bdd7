-- Metrics read what they need of a year's incidents from two indexes: the rows of an account lie on as many pages as it has
-- incidents, among those of the others. Each replaces one with the same key, so that a change writes no more entries than before.
-- Not included: services and labels, which may be longer than an entry of an index.
create index np_incidents_opened_metrics on np_incidents (source_account_id, opened_at desc, id desc)
  include (severity, status, kind, owner, reopen_count);
drop index np_incidents_opened;
alter index np_incidents_opened_metrics rename to np_incidents_opened;

create index np_incident_durations_ended_metrics on np_incident_durations (source_account_id, ended_at)
  include (incident_id, started_at, seconds_to_detect, seconds_to_acknowledge, seconds_to_acknowledge_from_start, seconds_to_mitigate,
    seconds_to_resolve, seconds_active, seconds_to_first_resolution)
  where ended_at is not null;
drop index np_incident_durations_ended;
alter index np_incident_durations_ended_metrics rename to np_incident_durations_ended;
