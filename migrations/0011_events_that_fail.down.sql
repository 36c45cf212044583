delete from review_tasks where kind = 'event_failed';
alter table review_tasks drop constraint task_kind_is_known;
alter table review_tasks add constraint task_kind_is_known check (kind in
    ('free_text_revocation', 'unknown_outcome', 'carrier_filtered', 'failed_to_render'));
alter table provider_events drop column attempts;
