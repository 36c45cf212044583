-- Across tenants, for the operator: how connections and senders stand, by provider and channel; nothing that names a tenant or a person.
with carries as (
    select s.tenant_id, s.id, s.id::text as key, s.provider, s.channel, s.channel || ' ' || s.sender_address as number_key, s.registration
    from tenant_channel_settings s
    where s.is_active
),
bucket as (
    -- each once, though several connections may take from it
    select distinct on (b.tenant_id, b.scope, b.key) c.provider, c.channel, b.scope, b.level, b.blocked_until,
           (select max((line ->> 'until')::timestamptz) from jsonb_array_elements(b.lines) as line) as line_until
    from pace_buckets b
    join carries c on c.tenant_id = b.tenant_id
                  and case when b.scope = 'number' then b.key = c.number_key
                           else split_part(b.key, ' ', 1) in (c.key, c.registration) end
    order by b.tenant_id, b.scope, b.key, c.id
)
select g.name as "name!", g.provider as "provider!", g.channel as "channel!", g.label as "label!", g.value_of as "value_of!",
       g.value as "value!"
from (select 'courtesy_pace_tokens' as name, provider, channel, 'scope' as label, scope as value_of,
             sum(greatest(level, 0))::float8 / 1000000 as value
      from bucket group by provider, channel, scope
      union all
      select 'courtesy_pace_blocked', provider, channel, 'scope', scope, count(*) filter (where blocked_until > $1)::float8
      from bucket group by provider, channel, scope
      union all
      select 'courtesy_pace_line_seconds', provider, channel, 'scope', scope,
             coalesce(max(extract(epoch from line_until - $1)) filter (where line_until > $1), 0)::float8
      from bucket group by provider, channel, scope
      union all
      -- only where a line or a block is: nothing is held for pace elsewhere
      select 'courtesy_messages_paced', coalesce(m.provider, ''), m.channel, '', '', count(*)::float8
      from messages m
      where m.status = 'queued' and m.error_code = 'paced' and m.due_at > $1
        and m.tenant_id in (select w.tenant_id from pace_buckets w
                            where greatest(w.first_until, w.blocked_until) > $1 or w.lines <> '[]')
      group by m.provider, m.channel
      union all
      select 'courtesy_circuits', c.provider, c.channel, 'state', w.state,
             count(*) filter (where w.state = coalesce(q.why, case when q.failures > 0 then 'failing' else 'closed' end))::float8
      from carries c
      left join connection_circuits q on q.tenant_id = c.tenant_id and q.connection_id = c.id
      cross join (values ('closed'), ('failing'), ('outage'), ('account'), ('unopened')) as w (state)
      group by c.provider, c.channel, w.state
      union all
      select 'courtesy_messages_unknown', coalesce(m.provider, ''), m.channel, '', '', count(*)::float8
      from messages m where m.status = 'unknown' group by m.provider, m.channel) as g
