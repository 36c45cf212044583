-- New customers, all leads from now on. A taken address refuses the batch: the caller has looked.
insert into customers (tenant_id, id, first_name, last_name, company_name, contact_person, email, phone_raw, phone, phone_status,
                       whatsapp_number, postal_code, state, zone, zone_source, source, tags, metadata, notes, external_id,
                       lead_at, created_by, updated_by, created_at, updated_at)
select $1, n.id, n.first_name, n.last_name, n.company_name, n.contact_person, n.email, n.phone_raw, n.phone, n.phone_status,
       n.whatsapp_number, n.postal_code, n.state, n.zone, n.zone_source, n.source, n.tags, n.metadata, n.notes, n.external_id,
       $2, $3, $3, $2, $2
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[],
            $22::text[])
     as n (id, first_name, last_name, company_name, contact_person, email, phone_raw, phone, phone_status, whatsapp_number,
           postal_code, state, zone, zone_source, source, tags, metadata, notes, external_id)
returning id
