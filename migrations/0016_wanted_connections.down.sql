alter table messages
    drop column wanted_connection_id,
    drop column wanted_address;
