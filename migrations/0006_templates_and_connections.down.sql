drop table tenant_channel_settings;
drop table message_templates;
