-- What whoever queued a message wants of its way: one connection (to try it out), or the address that the customer wrote to. What the gate
-- chose stands beside it and may change until the message is handed over.
alter table messages
    add column wanted_connection_id uuid,
    add column wanted_address text;
