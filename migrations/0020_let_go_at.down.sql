alter table messages drop column let_go_at;
