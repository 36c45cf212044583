drop table consents;
drop table consent_ledger_heads;
drop table consent_event_details;
drop table consent_events;
