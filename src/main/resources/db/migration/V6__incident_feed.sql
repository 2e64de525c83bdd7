-- The events of an account in one order, so that whoever follows all of its incidents can stop and go on where he was.
--
-- A number that is given while a transaction runs is not enough: one that commits late would get its place before what readers
-- have passed already. Three ways out were measured with pgbench (32 clients, one account, 200 incidents, a disk that takes
-- 3 ms to fsync; writes per second with a synchronous commit, and without):
--
--   no order at all                                                              1,800   2,500
--   a counter per account under its row lock, taken when the transaction commits   470   1,650
--   the transaction id as position, read below pg_snapshot_xmin                  1,700   1,850
--   a sequence, and an advisory lock that says from where on it is in use        1,700   2,350
--
-- The counter gives the order of commits to the letter, but lets an account commit one transaction at a time, disk included.
-- Transaction ids stop the feed while any transaction that writes anywhere in the cluster is open, give two events of one
-- incident in the wrong order where the later one's transaction is the older, and begin anew in a restored database.
-- So: the sequence. Every transaction holds a shared advisory lock, its fence, which says that it may still commit an event of
-- this account after a certain position. Readers stop at the lowest fence; what commits late has its place after it. An open
-- transaction delays the feed of the accounts it has written to, and nothing else.
create sequence np_incident_feed_positions;
comment on sequence np_incident_feed_positions is 'The last position given to an event in the order of np_incident_feed.';
grant select on np_incident_feed_positions to nself_incident_mgmt;

-- As a default of the new column, because the owner of the tables cannot update the rows of every account.
alter table np_incident_timeline add column position bigint not null default nextval('np_incident_feed_positions');
alter table np_incident_timeline alter column position drop default;
comment on column np_incident_timeline.position is
  'Its place among all events of the account, rising, with gaps. A lower one may still commit: follow it by np_incident_feed, not by itself.';
create unique index np_incident_timeline_feed on np_incident_timeline (source_account_id, position);

-- A fence is an advisory lock on 24 bits of the account and 40 bits of a position. Accounts that share their 24 bits wait for
-- each other's open transactions, no more.
create function np_incident_feed_fence(account text) returns bigint
  language sql immutable parallel safe
as $$
  select hashtextextended(account, 7239) & 16777215
$$;
comment on function np_incident_feed_fence(text) is 'The 24 bits that stand for an account in its fences.';

-- Fires after np_incident_timeline_before_insert (triggers fire by name), so under the lock of the timeline's head: within an
-- incident, positions rise with seq.
create function np_incident_timeline_position() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  fence bigint := np_incident_feed_fence(new.source_account_id) << 40;
  held text := coalesce(current_setting('app.incident_feed_fences', true), ' ');
begin
  -- One lock a transaction and account: a long one must not fill the lock table. The setting goes with the transaction, and
  -- with a savepoint that is rolled back, as the lock does.
  if strpos(held, ' ' || fence || ' ') = 0 then
    perform pg_advisory_xact_lock_shared(fence | last_value) from np_incident_feed_positions;
    perform set_config('app.incident_feed_fences', held || fence || ' ', true);
  end if;
  -- Only now: a position must never be in use before its fence stands.
  new.position := nextval('np_incident_feed_positions');
  return new;
end
$$;
create trigger np_incident_timeline_position before insert on np_incident_timeline
  for each row execute function np_incident_timeline_position();

create function np_incident_timeline_position_stays() returns trigger language plpgsql as $$
begin
  raise exception 'the timeline is append-only: position never changes' using errcode = 'restrict_violation';
end
$$;
create trigger np_incident_timeline_position_stays before update on np_incident_timeline
  for each row when (new.position <> old.position) execute function np_incident_timeline_position_stays();

create function np_incident_feed_end(account text) returns bigint
  language plpgsql volatile
as $$
declare
  given bigint;
  lowest bigint;
begin
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
comment on function np_incident_feed_end(text) is
  'The position up to which the feed of an account is settled: nothing will appear there any more, to statements that begin after this one.';
grant execute on function np_incident_feed_end(text) to nself_incident_mgmt;

create function np_incident_feed(account text, after_position bigint, size integer) returns setof np_incident_timeline
  language plpgsql volatile
as $$
declare
  settled bigint := np_incident_feed_end(account);
begin
  return query
    select * from np_incident_timeline event
    where event.source_account_id = account and event.position > after_position and event.position <= settled
    order by event.position
    limit size;
end
$$;
comment on function np_incident_feed(text, bigint, integer) is
  'The events of an account after a position, in an order in which nothing appears later before what was seen. Stops before what an open transaction may still put there.';
grant execute on function np_incident_feed(text, bigint, integer) to nself_incident_mgmt;
