-- In which piece each event came: the first new event of a piece holds it, the others name that one.
alter table provider_events
    -- the key of the event, of the same provider, that holds the piece; null where it holds its own, and of what came before this was kept
    add column raw_with text,
    add constraint provider_event_holds_its_piece_or_names_who_does check (raw is null or raw_with is null);
