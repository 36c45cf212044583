drop table review_tasks;
drop table customer_feedback;
drop table provider_events;
