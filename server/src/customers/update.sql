-- Customers whose fields changed.
update customers c
set first_name = n.first_name, last_name = n.last_name, company_name = n.company_name, contact_person = n.contact_person,
    email = n.email, phone_raw = n.phone_raw, phone = n.phone, phone_status = n.phone_status, whatsapp_number = n.whatsapp_number,
    postal_code = n.postal_code, state = n.state, zone = n.zone, zone_source = n.zone_source, source = n.source, tags = n.tags,
    metadata = n.metadata, notes = n.notes, external_id = n.external_id, updated_by = $3, updated_at = $2
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[],
            $22::text[])
     as n (id, first_name, last_name, company_name, contact_person, email, phone_raw, phone, phone_status, whatsapp_number,
           postal_code, state, zone, zone_source, source, tags, metadata, notes, external_id)
where c.tenant_id = $1
  and c.id = n.id
