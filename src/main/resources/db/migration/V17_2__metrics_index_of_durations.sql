create index np_incident_durations_ended_metrics on np_incident_durations (source_account_id, ended_at)
  include (incident_id, started_at, seconds_to_detect, seconds_to_acknowledge, seconds_to_acknowledge_from_start, seconds_to_mitigate,
    seconds_to_resolve, seconds_active, seconds_to_first_resolution)
  where ended_at is not null;
