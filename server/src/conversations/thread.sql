-- Threads of messages that are being let go, made when they are not there and counted up, in the order of their addresses.
insert into conversations as c (tenant_id, id, channel, our_address, their_address, customer_id, campaign_id, outbound_count,
                                last_outbound_at, created_at, updated_at)
select $1, t.id, t.channel, t.our_address, t.their_address, t.customer_id, t.campaign_id, t.messages, $2, $2, $2
from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::int[])
     as t (id, channel, our_address, their_address, customer_id, campaign_id, messages)
order by t.channel, t.our_address, t.their_address
on conflict (tenant_id, channel, our_address, their_address)
do update set outbound_count = c.outbound_count + excluded.outbound_count,
              last_outbound_at = greatest(c.last_outbound_at, excluded.last_outbound_at),
              customer_id = coalesce(c.customer_id, excluded.customer_id),
              campaign_id = coalesce(excluded.campaign_id, c.campaign_id),
              updated_at = excluded.updated_at
returning c.id, c.channel, c.our_address, c.their_address
