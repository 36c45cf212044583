-- All that the gate knows of some messages of one tenant. Read in a statement of its own after the locks were taken: what the locking
-- statement itself reads is stale when it had to wait.
with spares as materialized (
    -- those that may stand in now: in order, or it is time to see whether they are again
    select b.id, b.stands_in_for
    from tenant_channel_settings b
    where b.tenant_id = $1 and b.stands_in_for is not null and b.is_active and b.verified_at is not null
      and (b.unavailable_since is null
           or b.unavailable_reason in ('outage', 'unopened')
              and exists (select from connection_circuits q where q.tenant_id = $1 and q.connection_id = b.id and q.probe_at <= $4))
),
unheard as materialized (
    -- somebody who wrote to us and was not heard yet may have said STOP
    select distinct lower(e.payload ->> 'from') as sender
    from provider_events e where e.tenant_id = $1 and e.applied_at is null and e.kind = 'inbound'
),
-- messages of one channel and purpose mostly go one way: it is looked for once, not for each
ways as materialized (
    select m.channel, m.purpose, m.wanted_address, m.wanted_connection_id, picked.id as connection_id
    from (select distinct one.channel, one.purpose, one.wanted_address, one.wanted_connection_id
          from messages one where one.tenant_id = $1 and one.id = any($2)) m
    left join lateral (
        -- the connection that is wanted, whether in use or not, to try it out; else the one that the customer wrote to, else that of the
        -- purpose, else that of the channel. While a provider is out, and for no other reason, another stands in for it
        select coalesce(b.id, p.id) as id
        from tenant_channel_settings p
        left join spares b
               on b.stands_in_for = p.id and p.unavailable_reason in ('outage', 'unopened') and m.wanted_connection_id is null
              -- now and then one goes the old way, to see whether it is open again
              and not exists (select from connection_circuits q where q.tenant_id = $1 and q.connection_id = p.id and q.probe_at <= $4)
        where p.tenant_id = $1 and p.channel = m.channel and p.verified_at is not null
          and case when m.wanted_connection_id is null
                   then p.is_active
                        and case when p.stands_in_for is null
                                 then (p.purpose in ('any', m.purpose) or lower(p.sender_address) = lower(m.wanted_address))
                                 -- what was written to its own address is answered from there
                                 else p.id in (select one.id from spares one) and lower(p.sender_address) = lower(m.wanted_address) end
                   else p.id = m.wanted_connection_id end
        order by lower(p.sender_address) = lower(m.wanted_address) desc, p.stands_in_for is null desc, p.purpose = m.purpose desc
        limit 1
    ) picked on true
)
select m.id,
       m.channel,
       m.purpose,
       m.customer_id,
       m.their_address,
       m.subject,
       m.body,
       m.media_urls,
       m.campaign_id,
       m.enrollment_id,
       m.touch_number,
       m.attempts,
       m.let_go_at,
       m.first_due_at as "first_due_at!",
       m.in_answer_to_at,
       m.conversation_id,
       n.our_address as "threaded_from?",
       m.metadata -> 'variables' as variables,
       p.name as "template_name?",
       p.approved_name as "approved_name?",
       p.approved_language as "approved_language?",
       r.address_status,
       -- a follow-up is for whoever has the address: when its customer has another by now, that may be somebody else
       m.campaign_id is null
           or m.their_address is not distinct from
              case m.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end
           as "is_theirs!",
       r.suppressed_scope,
       r.suppressed_reason,
       r.suppressed_at,
       r.recent_sends as "recent_sends: Vec<Time>",
       r.last_stop_wording_at,
       r.last_help_answer_at,
       r.last_inbound_at,
       r.carrier,
       c.status as "customer_status?",
       c.postal_code as "postal_code?",
       c.state as "state?",
       case when c.zone_source = 'explicit' then c.zone end as explicit_zone,
       c.phone as "customer_phone?",
       k.status as "consent_status?",
       k.scope as "consent_scope?",
       k.at as consent_at,
       k.method as "consent_method?",
       k.has_disclosure as "has_disclosure?",
       k.names_seller as "names_seller?",
       g.status as "campaign_status?",
       g.deleted_at as campaign_deleted_at,
       e.status as "enrollment_status?",
       s.id as "connection_id?",
       s.updated_at as "connection_version?",
       s.provider as "provider?",
       s.sender_address as "sender_address?",
       s.registration as "registration?",
       s.unavailable_since,
       -- looked up only while it is out
       case when s.unavailable_reason in ('outage', 'unopened')
            then (select q.probe_at from connection_circuits q where q.tenant_id = $1 and q.connection_id = s.id)
       end as probe_at,
       coalesce(s.id::text in (select p.key from pace_buckets p where p.tenant_id = $1 and p.scope = 'connection'), false)
           or coalesce(s.registration in (select p.key from pace_buckets p where p.tenant_id = $1 and p.scope = 'registration'), false)
           as "has_buckets!",
       t.status as tenant_status,
       t.is_demo,
       t.monthly_message_quota,
       t.email_marketing_until_opt_out,
       u.messages as "messages_this_month?",
       b.sender_name,
       b.postal_address
from messages m
join recipients r on r.tenant_id = $1 and r.channel = m.channel and r.address = m.their_address
join tenants t on t.tenant_id = $1
join tenant_business_info b on b.tenant_id = $1
left join customers c on c.tenant_id = $1 and c.id = m.customer_id
-- a consent is for its address; a refusal stands whatever the address has become since
left join consents k on k.tenant_id = $1 and k.customer_id = m.customer_id and k.channel = m.channel
                    and (k.address = m.their_address or k.status = 'opted_out')
left join conversations n on n.tenant_id = $1 and n.id = m.conversation_id
left join message_templates p on p.tenant_id = $1 and p.id = m.template_id and m.channel = 'whatsapp'
left join campaigns g on g.tenant_id = $1 and g.id = m.campaign_id
left join campaign_enrollments e on e.tenant_id = $1 and e.id = m.enrollment_id
left join ways w on w.channel = m.channel and w.purpose = m.purpose
                and w.wanted_address is not distinct from m.wanted_address
                and w.wanted_connection_id is not distinct from m.wanted_connection_id
left join tenant_channel_settings s on s.tenant_id = $1 and s.id = w.connection_id
left join usage_counters u on u.tenant_id = $1 and u.month = $3::text::date
where m.tenant_id = $1
  and m.id = any($2)
  and not exists (select from unheard u where u.sender = lower(m.their_address))
  and not exists (select from unheard u where u.sender = lower(r.whatsapp_user_id))
-- whoever waits for an answer of ours goes before campaigns, and these take turns
order by m.purpose in ('marketing', 'service'),
         row_number() over (partition by m.purpose in ('marketing', 'service'), m.campaign_id order by m.first_due_at, m.id),
         m.first_due_at, m.id
