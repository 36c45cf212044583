alter table provider_events drop column raw_with;
