-- Metrics read what they need of a year's incidents from two indexes: the rows of an account lie on as many pages as it has
-- incidents, among those of the others. Each replaces one with the same key, so that a change writes no more entries than before.
-- Not included: services and labels, which may be longer than an entry of an index.
-- V17 to V17.3 lock one table each, once: a transaction that locks it again for more, or another one, deadlocks with writers.
create index np_incidents_opened_metrics on np_incidents (source_account_id, opened_at desc, id desc)
  include (severity, status, kind, owner, reopen_count);
