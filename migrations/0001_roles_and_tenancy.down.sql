-- The roles stay: they belong to the cluster and another database may use them.
drop function app.month_partitions(text, date, int);
drop function app.tenant_table(text, text);
drop function app.distribute(text);
drop function app.tenant();
drop schema app;
