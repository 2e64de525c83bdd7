-- Runbooks that name each other by key, and those that a directory of files made. Columns without a default: nothing is rewritten.
alter table np_runbook_versions add column called_keys text[];
comment on column np_runbook_versions.called_keys is 'The keys of the runbooks that its steps run by key; null for none.';

alter table np_runbooks add column source text
  constraint np_runbooks_source_form check (source <> '' and char_length(source) <= 200);
comment on column np_runbooks.source is 'The directory of files that made it and last applied it, as applying names it; null for a runbook that was made by itself.';
create index np_runbooks_by_source on np_runbooks (source_account_id, source) where archived_at is null and source is not null;
