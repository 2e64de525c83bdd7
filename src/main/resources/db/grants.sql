-- What the role nself_incident_mgmt may do after all migrations. Applied again at each start, because a dump may leave
-- grants out. One statement a line; a migration that grants or revokes changes this file too.
grant usage on schema public to nself_incident_mgmt;
grant select, insert, update on np_incidents to nself_incident_mgmt;
grant select, insert on np_incident_timeline to nself_incident_mgmt;
grant select on np_incident_timeline_heads to nself_incident_mgmt;
grant select on sequence np_incident_feed_positions to nself_incident_mgmt;
grant select, insert, delete on np_idempotency_keys to nself_incident_mgmt;
grant update (created_at) on np_idempotency_keys to nself_incident_mgmt;
grant select, insert, update on np_incident_milestones to nself_incident_mgmt;
grant select, insert, update on np_incident_durations to nself_incident_mgmt;
grant select, insert, update on np_runbooks to nself_incident_mgmt;
grant select, insert on np_runbook_versions to nself_incident_mgmt;
grant select, insert, update on np_runbook_executions to nself_incident_mgmt;
grant select, insert, update on np_runbook_steps to nself_incident_mgmt;
grant select, insert, update on np_runbook_attempts to nself_incident_mgmt;
grant select, insert on np_runbook_decisions to nself_incident_mgmt;
grant select, insert on np_runbook_attachments to nself_incident_mgmt;
grant select, insert, update on np_runbook_tasks to nself_incident_mgmt;
grant execute on function np_incident_feed_end(text) to nself_incident_mgmt;
grant execute on function np_incident_feed(text, bigint, integer) to nself_incident_mgmt;
grant execute on function np_incident_by_dedup_key(text, text) to nself_incident_mgmt;
grant execute on function np_incident_timeline_redact(text, uuid, integer, uuid, text, text) to nself_incident_mgmt;
grant execute on function np_incident_timeline_verify(text, uuid) to nself_incident_mgmt;
grant execute on function np_incident_timeline_verify(text, uuid, integer, bytea, timestamptz) to nself_incident_mgmt;
grant execute on function np_incident_durations_refresh(text, uuid[]) to nself_incident_mgmt;
grant execute on function np_incident_milestones_derive(text[], uuid[]) to nself_incident_mgmt;
grant execute on function np_incident_milestone_set(text, uuid, text, timestamptz, text, text) to nself_incident_mgmt;
