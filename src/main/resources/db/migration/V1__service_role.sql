-- The role that requests are served as. It owns nothing and cannot bypass row-level security, so what a statement forgets
-- to filter, the database filters. The login role of DATABASE_URL migrates, and takes this role for every request.
-- A database administrator may create it beforehand, where the login role may not create roles:
--   create role nself_incident_mgmt nologin; grant nself_incident_mgmt to <login role>;
do $$
begin
  if not exists (select from pg_roles where rolname = 'nself_incident_mgmt') then
    begin
      create role nself_incident_mgmt nologin nosuperuser nobypassrls nocreatedb nocreaterole;
    exception
      -- A sibling database of the same cluster was migrated at the same moment.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'role nself_incident_mgmt is missing and % may not create it', current_user
          using hint = format(
            'as an administrator: create role nself_incident_mgmt nologin; grant nself_incident_mgmt to %I;', current_user);
    end;
  end if;
  -- From PostgreSQL 16 on, who creates a role is its member without the right to take it.
  if not pg_has_role(
    current_user,
    'nself_incident_mgmt',
    case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end)
  then
    execute format('grant nself_incident_mgmt to %I', current_user);
  end if;
end
$$;
grant usage on schema public to nself_incident_mgmt;
