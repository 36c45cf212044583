-- The carrier registration that a sender's traffic goes under (a 10DLC campaign, a verification): its pace and carriers' caps are shared by
-- all senders that are under it.
alter table tenant_channel_settings
    add column registration text,
    add constraint connection_registration_is_a_word check (registration ~ '^[A-Za-z0-9_-]{1,64}$');
