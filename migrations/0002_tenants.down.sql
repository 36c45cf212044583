drop table tenant_business_info;
drop table tenants;
