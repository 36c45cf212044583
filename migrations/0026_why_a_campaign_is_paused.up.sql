-- A campaign that carriers filter is paused by itself, and says why.
alter table campaigns
    add column paused_because text,
    add constraint campaign_says_why_only_while_it_is_paused check (paused_because is null or status = 'paused');
