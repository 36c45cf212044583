-- Whether the provider named a sender's registration: what it named it may name anew, what a person wrote down stays.
alter table tenant_channel_settings add column registration_is_told boolean not null default false;
alter table tenant_channel_settings add constraint a_told_registration_is_there check (not registration_is_told or registration is not null);
