-- What a person should look at.
select kind as "kind!", count(*) as "count!", min(opened_at) as "oldest!"
from review_tasks
where tenant_id = $1 and closed_at is null
group by kind
order by count(*) desc, kind
