//! What the splitter must not be led astray by, and that it loses nothing.
use super::*;
use proptest::prelude::*;

fn texts(sql: &str) -> Vec<&str> {
    split(sql).into_iter().map(|statement| statement.text).collect()
}

#[test]
fn semicolons_end_statements_and_empty_ones_are_left_out() {
    assert_eq!(
        texts("select 1; select 2 ;; ;\n select 3"),
        ["select 1", "select 2", "select 3"]
    );
    assert_eq!(
        texts(" -- only a comment;\n/* and; another */ ;"),
        Vec::<&str>::new()
    );
    assert_eq!(texts(""), Vec::<&str>::new());
}

#[test]
fn a_statement_begins_at_its_first_word_and_knows_its_line() {
    let sql = "-- why\n\nselect 1;\n/* a\nb */ select\n 2; select 3;";
    assert_eq!(split(sql).iter().map(|it| it.line).collect::<Vec<_>>(), [3, 5, 6]);
    assert_eq!(texts(sql), ["select 1", "select\n 2", "select 3"]);
}

#[test]
fn semicolons_in_quotes_and_comments_end_nothing() {
    for inside in [
        "select ';'",
        "select 'it''s; fine'",
        r"select 'ends with a backslash\'",
        r"select E'quote \'; still inside'",
        r"select e'\\'",
        "select E'a'\n  -- on\n'b\\'; c'",
        "select \"a;\"\"b\"",
        "select $$;$$",
        "select $body$ ; $$ ; $other$ $body$",
        "select $é$;$é$",
        "select a$b;c$".split(';').next().unwrap_or_default(),
        "select 1 /* ; /* nested; */ ; */ + 2",
        "select 1 -- ;\n + 2",
        "select U&'\\0041;'",
        "select name'x;y'",
        "create rule r as on insert to t do also (insert into a values (1); delete from b)",
        "create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end",
        "create or replace procedure p() begin atomic select 1; end",
    ] {
        assert_eq!(
            texts(&format!("{inside};\nselect 'next'")),
            [inside, "select 'next'"],
            "{inside}"
        );
    }
}

#[test]
fn a_dollar_inside_a_name_or_before_a_number_quotes_nothing() {
    assert_eq!(texts("select a$b$; select c$b$"), ["select a$b$", "select c$b$"]);
    assert_eq!(texts("select $1; select $1"), ["select $1", "select $1"]);
}

#[test]
fn begin_outside_a_routine_is_an_ordinary_statement() {
    assert_eq!(texts("begin; select 1; end;"), ["begin", "select 1", "end"]);
    assert_eq!(
        texts("create function f() returns int language plpgsql as $$ begin; end $$; select 2")[1],
        "select 2"
    );
}

#[test]
fn what_is_not_closed_reaches_to_the_end() {
    for open in [
        "select 'a; b",
        "select \"a; b",
        "select $x$ a; b $y$",
        "select E'a\\'; b",
        "select (1; 2",
    ] {
        assert_eq!(texts(open), [open]);
    }
    assert_eq!(texts("select 1 /* ; "), ["select 1"]);
}

#[test]
fn the_first_words_fit_on_a_line() {
    let statement = |text| Statement { text, line: 1 }.first_words();
    assert_eq!(statement("create table\n  a (b int)"), "create table a (b int)");
    assert_eq!(statement("a b c d e f g h i"), "a b c d e f g h …");
    assert_eq!(statement(&"é".repeat(100)).chars().count(), 82);
}

/// Parts of a statement; whatever semicolons they hold are inside quotes or comments.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_][a-z0-9_]{0,5}".prop_filter("no E or e before a quote, no routine", |it| it != "e"
            && it != "create"),
        "[0-9]{1,4}",
        "'([^'\\\\]|''){0,8}'".prop_map(|it| it.replace('\0', " ")),
        "\"([^\"]|\"\"){0,8}\"",
        "E'([^'\\\\]|''|\\\\'|\\\\\\\\){0,8}'",
        "\\$([a-z]{1,3})?\\$[^$]{0,8}".prop_map(|it| {
            let tag = it[..=it[1..].find('$').map_or(0, |at| at + 1)].to_owned();
            format!("{it}{tag}")
        }),
        "--[^\n]{0,8}".prop_map(|it| format!("{it}\n")),
        Just("/* a; /* b; */ ' */".to_owned()),
        Just("(a; b)".to_owned()),
        "[-+*=<>,.]".prop_map(|it| format!(" {it} ")),
    ]
}

proptest! {
    #[test]
    fn joined_statements_come_apart_again(
        parts in prop::collection::vec(prop::collection::vec(part(), 0..5), 1..6)
    ) {
        let wanted: Vec<String> = parts.iter().map(|parts| format!("x {} y", parts.join(" "))).collect();
        let sql = wanted.join("\n;-- between; them\n");
        prop_assert_eq!(texts(&sql), wanted);
    }

    #[test]
    fn nothing_is_lost_and_lines_are_right(sql in "[a-c'\"$;Ee\\\\(). \n/*é-]{0,60}") {
        let mut at = 0;
        for statement in split(&sql) {
            let start = statement.text.as_ptr() as usize - sql.as_ptr() as usize;
            prop_assert!(start >= at);
            prop_assert_eq!(statement.line, 1 + sql[..start].matches('\n').count());
            let between = &sql[at..start];
            prop_assert!(split(between).is_empty(), "lost {:?}", between);
            at = start + statement.text.len();
        }
        prop_assert!(split(&sql[at..]).is_empty());
    }
}
