-- An event that can't be applied is tried again after the others, and set aside for a person in the end.
alter table provider_events add column attempts smallint not null default 0;
alter table review_tasks drop constraint task_kind_is_known;
alter table review_tasks add constraint task_kind_is_known check (kind in
    ('free_text_revocation', 'unknown_outcome', 'carrier_filtered', 'failed_to_render', 'event_failed'));
