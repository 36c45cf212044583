alter table tenant_channel_settings drop column registration;
