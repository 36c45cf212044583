-- Until when what was written to us has been listed at the provider: what came later is asked for next. And why a campaign is paused that
-- nobody paused.
alter table reconciliations add column heard_until timestamptz;
alter table campaigns
    add column paused_because text,
    add constraint campaign_says_why_only_while_it_is_paused check (paused_because is null or status = 'paused');
