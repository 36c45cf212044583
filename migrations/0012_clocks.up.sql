-- A transaction says what time it is, and is refused when the database's own clock says otherwise: whoever is an hour off would text at
-- night, and record what was done at a wrong time.
create function app.agree_on_time(said timestamptz) returns void language plpgsql volatile as $$
declare
    ahead int := round(extract(epoch from said - clock_timestamp()));
begin
    if abs(ahead) > 30 then
        raise exception 'this machine''s clock is % seconds ahead of the database''s: nothing is done until they agree; set the clocks (NTP)', ahead
            using errcode = 'CY001';
    end if;
end $$;
revoke execute on function app.agree_on_time(timestamptz) from public;
grant execute on function app.agree_on_time(timestamptz) to courtesy_app;
