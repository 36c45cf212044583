-- Conversations: every message between an address of ours and one of theirs, in one thread; notes, canned replies, approved templates.
create table conversations (
    tenant_id uuid not null,
    id uuid not null,
    channel text not null,
    our_address text not null,
    their_address text not null,
    customer_id uuid,
    status text not null default 'active',
    -- kept with each message, in its transaction
    inbound_count integer not null default 0,
    outbound_count integer not null default 0,
    message_count integer not null generated always as (inbound_count + outbound_count) stored,
    last_inbound_at timestamptz,
    last_outbound_at timestamptz,
    last_message_at timestamptz generated always as (greatest(last_inbound_at, last_outbound_at)) stored,
    unread integer not null default 0,
    assigned_to text,
    -- the campaign whose message came last
    campaign_id uuid,
    opted_out_at timestamptz,
    opt_out_reason text,
    tags jsonb not null default '[]',
    metadata jsonb not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint conversations_pkey primary key (tenant_id, id),
    constraint conversation_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint conversation_with_a_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete restrict,
    constraint conversation_of_a_campaign foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete restrict,
    constraint conversation_is_one_per_addresses unique (tenant_id, channel, our_address, their_address),
    constraint conversation_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint conversation_status_is_known check (status in ('active', 'paused', 'completed', 'archived')),
    constraint conversation_counts_are_not_negative check (inbound_count >= 0 and outbound_count >= 0),
    constraint conversation_unread_is_of_what_came check (unread between 0 and inbound_count),
    constraint conversation_opt_out_says_why check ((opted_out_at is null) = (opt_out_reason is null)),
    constraint conversation_assignee_has_a_name check (length(assigned_to) between 1 and 200),
    constraint conversation_tags_are_a_list_of_five_at_most check (jsonb_typeof(tags) = 'array' and jsonb_array_length(tags) <= 5),
    constraint conversation_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);
create index conversations_in_time on conversations (tenant_id, last_message_at desc, id desc);
create index conversations_that_are_unread on conversations (tenant_id, last_message_at desc, id desc) where unread > 0;
create index conversations_with_an_address on conversations (tenant_id, their_address, channel);
create index conversations_with_a_customer on conversations (tenant_id, customer_id);
select app.tenant_table('conversations', 'select, insert, update');

create table conversation_notes (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    written_by text not null,
    body text not null,
    at timestamptz not null,
    constraint conversation_notes_pkey primary key (tenant_id, id),
    constraint note_on_a_conversation foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete restrict,
    constraint note_says_something check (length(body) between 1 and 5000)
);
create index notes_on_a_conversation on conversation_notes (tenant_id, conversation_id, at);
select app.tenant_table('conversation_notes', 'select, insert');

create table canned_replies (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    -- null: for any
    channel text,
    body text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint canned_replies_pkey primary key (tenant_id, id),
    constraint canned_reply_of_a_tenant foreign key (tenant_id) references tenants (tenant_id) on delete restrict,
    constraint canned_reply_name_is_unique unique (tenant_id, name),
    constraint canned_reply_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
    constraint canned_reply_has_a_name check (length(name) between 1 and 80),
    constraint canned_reply_says_something check (length(body) between 1 and 20000)
);
select app.tenant_table('canned_replies', 'select, insert, update, delete');

-- A message is in a thread from when it was received, or first let go.
alter table messages
    add column conversation_id uuid,
    add constraint message_of_a_conversation foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete restrict;
create index messages_of_a_conversation on messages (tenant_id, conversation_id, created_at, id) where conversation_id is not null;

-- Those that are there already.
insert into conversations (tenant_id, id, channel, our_address, their_address, customer_id, inbound_count, outbound_count,
                           last_inbound_at, last_outbound_at, campaign_id, created_at, updated_at)
select m.tenant_id, gen_random_uuid(), m.channel,
       case m.channel when 'email' then lower(m.our_address) else m.our_address end,
       case m.channel when 'email' then lower(m.their_address) else m.their_address end,
       (array_agg(m.customer_id order by m.created_at) filter (where m.customer_id is not null))[1],
       count(*) filter (where m.direction = 'inbound'), count(*) filter (where m.direction = 'outbound'),
       max(m.created_at) filter (where m.direction = 'inbound'),
       max(coalesce(l.at, m.updated_at)) filter (where m.direction = 'outbound'),
       (array_agg(m.campaign_id order by m.created_at desc) filter (where m.campaign_id is not null))[1],
       min(m.created_at), max(m.updated_at)
from messages m
left join (select tenant_id, message_id, max(at) as at from send_logs where verdict = 'send' group by 1, 2) l
       on l.tenant_id = m.tenant_id and l.message_id = m.id
where m.direction = 'inbound' or m.attempts > 0
group by 1, 3, 4, 5;
update messages m set conversation_id = c.id
from conversations c
where c.tenant_id = m.tenant_id and c.channel = m.channel
  and c.our_address = case m.channel when 'email' then lower(m.our_address) else m.our_address end
  and c.their_address = case m.channel when 'email' then lower(m.their_address) else m.their_address end
  and (m.direction = 'inbound' or m.attempts > 0);
update conversations c set opted_out_at = r.suppressed_at, opt_out_reason = r.suppressed_reason
from recipients r
where r.tenant_id = c.tenant_id and r.channel = c.channel and r.address = c.their_address
  and r.suppressed_scope = 'all' and r.suppressed_reason not in ('hard_bounce', 'invalid_address');

-- WhatsApp names a person by an id that outlives the number.
create index recipients_by_whatsapp_user_id on recipients (tenant_id, whatsapp_user_id) where whatsapp_user_id is not null;

-- What WhatsApp calls a template that it approved: the provider's name for it, and its language.
alter table message_templates
    add column approved_name text,
    add column approved_language text,
    add constraint approved_templates_are_for_whatsapp check (approved_name is null or channel = 'whatsapp'),
    add constraint approved_template_says_its_language check ((approved_name is null) = (approved_language is null));
