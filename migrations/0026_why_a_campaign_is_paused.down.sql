alter table campaigns drop column paused_because;
