-- By which address to find what somebody said whom no customer had: among the opt-outs of many strangers it was looked for in each of
-- them, while all other consent of the tenant waited. Of customers' events it is empty: they are found by the customer.
alter table consent_event_details add column stranger text;
update consent_event_details d set stranger = d.detail ->> 'address'
from consent_events e where e.tenant_id = d.tenant_id and e.id = d.event_id and e.customer_id is null;
alter table consent_event_details
    add constraint stranger_is_whom_it_names check (stranger is null or stranger is not distinct from detail ->> 'address');
create index consent_event_details_of_strangers on consent_event_details (tenant_id, stranger) where stranger is not null;
