-- What was written to us is listed every few minutes, a comparison is made once a day: a day's row says which of them it is of. And some
-- providers can't be asked what became of a message.
alter table reconciliations
    -- null: it was only listed so far
    add column compared_at timestamptz,
    -- why what was written to us could not be listed when it was asked for last
    add column unheard text,
    -- null: the provider can't be asked
    alter column asked drop not null,
    alter column asked drop default;
update reconciliations set compared_at = finished_at;
