drop function app.agree_on_time(timestamptz);
