-- Enrollments none of whose coming touches goes another way: by e-mail when the phone fails, by phone when the e-mail does.
select e.id
from campaign_enrollments e
join customers c on c.tenant_id = $1 and c.id = e.customer_id
where e.tenant_id = $1
  and e.id = any($2)
  and e.status = 'active'
  and not exists (
      select from enrollment_touches t
      join campaign_touches later
        on later.tenant_id = $1 and later.campaign_id = e.campaign_id and later.touch_number >= t.touch_number
      join recipients r
        on r.tenant_id = $1
       and r.channel = later.channel
       and r.address = case later.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end
      where t.tenant_id = $1
        and t.enrollment_id = e.id
        and t.status in ('pending', 'paused')
        and r.address_status = 'valid')
  and not exists (
      select from enrollment_touches t
      join campaign_touches later
        on later.tenant_id = $1 and later.campaign_id = e.campaign_id and later.touch_number >= t.touch_number
      where t.tenant_id = $1
        and t.enrollment_id = e.id
        and t.status in ('pending', 'paused')
        and not exists (
            select from recipients r
            where r.tenant_id = $1 and r.channel = later.channel
              and r.address = case later.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end)
        and case later.channel when 'email' then c.email_norm when 'whatsapp' then c.whatsapp_number else c.phone end is not null)
