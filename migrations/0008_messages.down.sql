drop table usage_counters;
drop table send_logs;
drop table message_provider_mappings;
drop table messages;
