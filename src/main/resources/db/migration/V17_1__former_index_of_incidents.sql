drop index np_incidents_opened;
alter index np_incidents_opened_metrics rename to np_incidents_opened;
