alter table consent_event_details drop column stranger;
