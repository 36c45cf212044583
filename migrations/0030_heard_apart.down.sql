update reconciliations set asked = 0 where asked is null;
alter table reconciliations
    drop column compared_at,
    drop column unheard,
    alter column asked set not null,
    alter column asked set default 0;
