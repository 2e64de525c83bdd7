-- A sequence that nobody has asked yet says 1 as its last value, which is also what it gives first: whoever followed an account
-- before the very first event of a database had a place after that event, and never saw it.
select nextval('np_incident_feed_positions');

-- To take old keys away, each transaction locks those that no other one has locked; a lock needs the right to update a column.
grant update (created_at) on np_idempotency_keys to nself_incident_mgmt;
