-- What is heard and told of connections that carry mail: that mail to the unsubscribe mailbox comes in, and what the provider allows the account.
alter table tenant_channel_settings
    -- the unsubscribe mailbox to which a mail was heard last, and the connection whose hook told of it; it is offered only while both hold
    add column mailbox_heard text,
    add column mailbox_heard_through uuid,
    -- what the provider said of the account when it was last asked, for a person, and when that was
    add column account_says text,
    add column account_said_at timestamptz,
    add constraint connection_mailbox_is_heard_through_one check ((mailbox_heard is null) = (mailbox_heard_through is null)),
    add constraint connection_account_said_it_then check ((account_says is null) = (account_said_at is null));

alter table pace_buckets
    -- as the provider allows this account: what somebody set counts only when it is less
    add column told_tokens integer,
    add column told_seconds integer,
    add column told_burst integer,
    add constraint bucket_told_rate_is_whole check (
        (told_tokens is null) = (told_seconds is null) and (told_tokens is null) = (told_burst is null)
        and told_tokens > 0 and told_seconds > 0 and told_burst > 0);
