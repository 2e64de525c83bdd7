-- What is read often of a definition, which can have a megabyte, without reading all of it. PostgreSQL computes them from the
-- definition; adding them rewrites the table once.
alter table np_runbook_versions
  add column attach jsonb generated always as (definition -> 'attach') stored,
  add column called_runbooks jsonb
    generated always as (jsonb_path_query_array(definition, '$.steps[*].runbook.runbook_id ? (@ like_regex "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")')) stored,
  add column definition_bytes integer generated always as (octet_length(definition::text)) stored;
comment on column np_runbook_versions.attach is 'The condition of the definition under which the runbook is suggested or started; null for none.';
comment on column np_runbook_versions.called_runbooks is 'The ids of the runbooks that its steps run.';
comment on column np_runbook_versions.definition_bytes is 'The length of the definition as JSON text, in bytes of UTF-8.';

-- The triggers of incidents look for runbooks with a condition at every change.
create index np_runbook_versions_with_attach on np_runbook_versions (source_account_id, runbook_id, version)
  where jsonb_typeof(attach) = 'object';
drop index np_runbook_versions_attached;

create or replace function np_incidents_judge() returns trigger language plpgsql as $$
begin
  if exists (
      select from np_runbook_versions version
      join np_runbooks runbook
        on runbook.source_account_id = version.source_account_id and runbook.id = version.runbook_id
        and runbook.version = version.version
      where version.source_account_id = new.source_account_id and jsonb_typeof(version.attach) = 'object'
        and runbook.archived_at is null)
    or exists (
      select from np_runbook_executions
      where source_account_id = new.source_account_id and incident_id = new.id and awaits_incident)
  then
    insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, version)
    values ('judge', format('%s:%s %s', new.id, new.version, new.source_account_id), now(), false, 1)
    on conflict do nothing;
  end if;
  return null;
end
$$;
