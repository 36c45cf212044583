alter table reconciliations
    drop column heard_until,
    drop column missed,
    drop column bounces_theirs;
