alter table reconciliations
    drop column missed,
    drop column bounces_theirs;
