drop table customer_activities;
drop table customer_addresses;
drop table recipients;
drop table customer_terms;
drop table customers;
