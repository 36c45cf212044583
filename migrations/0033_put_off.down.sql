alter table messages drop column put_off;
