-- What a comparison with a provider also finds: addresses that bounce, and what was written to us without our hearing of it.
alter table reconciliations
    -- that the provider knew and we did not, suppressed. Null: it keeps no list
    add column bounces_theirs integer,
    -- what was written to us and its call never came. Null: the provider can't list it
    add column missed integer;
