alter table message_templates drop column approved_name, drop column approved_language;
drop index recipients_by_whatsapp_user_id;
alter table messages drop column conversation_id;
drop table canned_replies;
drop table conversation_notes;
drop table conversations;
