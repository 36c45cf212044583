alter table campaigns drop column paused_because;
alter table reconciliations drop column heard_until;
