drop table number_routes;
drop table tenant_channel_settings;
drop table message_templates;
