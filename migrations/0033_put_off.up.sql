-- How many of a message's attempts said nothing of the message: the provider was out, refused its account, or asked for patience.
alter table messages
    add column put_off smallint not null default 0,
    add constraint message_is_put_off_no_more_often_than_offered check (put_off between 0 and attempts);
