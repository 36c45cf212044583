//! Reads a statement as far as the rules about statements need: words and brackets, the queries inside one another, the tables of
//! each and what they are called in it.

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A key word or name, in small letters.
    Word(String),
    /// `$1`
    Parameter(u32),
    /// A string or number.
    Literal,
    Sign(char),
    /// What stands in brackets.
    Group(Vec<Piece>),
}

impl Piece {
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Parameter(_) | Self::Literal | Self::Sign(_) | Self::Group(_) => None,
        }
    }
}

/// The pieces of a text. Comments are left out; the text in dollar quotes, which is code, is read as code.
pub fn read(sql: &str) -> Vec<Piece> {
    let mut open: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        let mut piece = None;
        if rest.starts_with("--") {
            length = rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            length = rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if first == '\'' {
            length = quoted(rest);
            piece = Some(Piece::Literal);
        } else if first == '"' {
            length = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            piece = Some(Piece::Word(rest[1..length - 1].to_owned()));
        } else if first == '$' {
            let digits = rest[1..]
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len() - 1);
            length = 1 + digits;
            piece = rest[1..length].parse().ok().map(Piece::Parameter);
            if digits == 0 {
                length = 1 + rest[1..].find('$').map_or(rest.len() - 1, |end| end + 1);
            }
        } else if first.is_ascii_digit() {
            length = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(rest.len());
            piece = Some(Piece::Literal);
        } else if first.is_alphabetic() || first == '_' {
            length = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            piece = Some(Piece::Word(rest[..length].to_lowercase()));
        } else if first == '(' {
            open.push(Vec::new());
        } else if first == ')' {
            piece = open.pop().map(Piece::Group);
            if open.is_empty() {
                open.push(Vec::new());
            }
        } else if !first.is_whitespace() {
            piece = Some(Piece::Sign(first));
        }
        if let (Some(piece), Some(inner)) = (piece, open.last_mut()) {
            inner.push(piece);
        }
        rest = &rest[length..];
    }
    open.into_iter().flatten().collect()
}

fn quoted(rest: &str) -> usize {
    let mut at = 1;
    while let Some(end) = rest[at..].find('\'') {
        at += end + 1;
        if !rest[at..].starts_with('\'') {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// Every word and sign in order, brackets opened.
pub fn flat(pieces: &[Piece]) -> Vec<&Piece> {
    let mut all = Vec::new();
    for piece in pieces {
        all.push(piece);
        if let Piece::Group(inner) = piece {
            all.extend(flat(inner));
        }
    }
    all
}

/// Do these words stand there one after the other?
pub fn has_words(pieces: &[Piece], words: &[&str]) -> bool {
    flat(pieces)
        .windows(words.len())
        .any(|window| window.iter().zip(words).all(|(piece, word)| piece.is(word)))
}

/// A table as a query names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub table: String,
    pub called: String,
}

/// One `select`, `insert`, `update` or `delete`, without the queries inside it.
#[derive(Debug, Default)]
pub struct Query {
    pub reads: Vec<Named>,
    /// What it inserts into, and whether each row is the tenant's: `(tenant_id, …)` and `$1` first.
    pub inserts: Option<(String, bool)>,
    /// What is compared with `$1`: the names before `.tenant_id = $1`; an empty one where there is none.
    pub bound: Vec<String>,
}

/// All queries of a statement, outer ones first.
pub fn queries(statement: &[Piece]) -> Vec<Query> {
    let branches =
        statement.split(|piece| ["union", "except", "intersect"].iter().any(|word| piece.is(word)));
    branches.flat_map(branch).collect()
}

fn branch(pieces: &[Piece]) -> Vec<Query> {
    let mut inner = Vec::new();
    let mut query = Query {
        reads: reads(pieces),
        inserts: inserts(pieces),
        bound: Vec::new(),
    };
    bind(pieces, &mut query, &mut inner);
    let is_empty = query.reads.is_empty() && query.inserts.is_none();
    let mut all = if is_empty { Vec::new() } else { vec![query] };
    all.extend(inner);
    all
}

/// What this query compares with `$1`, in every case: a comparison beside an `or`, or in a `filter`, leaves others through. The
/// queries inside go into `inner`.
fn bind(pieces: &[Piece], query: &mut Query, inner: &mut Vec<Query>) {
    let clauses = [
        "from",
        "join",
        "on",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "returning",
    ];
    let begins_clause = |piece: &Piece| clauses.iter().any(|word| piece.is(word));
    for (at, piece) in pieces.iter().enumerate() {
        if let Piece::Group(group) = piece {
            let is_filter = at > 0 && pieces[at - 1].is("filter");
            if is_query(group) {
                inner.extend(queries(group));
            } else if is_filter {
                bind(group, &mut Query::default(), inner);
            } else {
                bind(group, query, inner);
            }
        }
        let is_compared = piece.is("tenant_id")
            && pieces.get(at + 1) == Some(&Piece::Sign('='))
            && pieces.get(at + 2) == Some(&Piece::Parameter(1));
        if !is_compared {
            continue;
        }
        let from = pieces[..at].iter().rposition(begins_clause).unwrap_or(0);
        let to = pieces[at..]
            .iter()
            .position(begins_clause)
            .map_or(pieces.len(), |next| at + next);
        if pieces[from..to].iter().any(|beside| beside.is("or")) {
            continue;
        }
        let is_qualified = at >= 2 && pieces[at - 1] == Piece::Sign('.');
        let begins = if is_qualified { at - 2 } else { at };
        let is_condition = begins == 0
            || ["where", "on", "and"]
                .iter()
                .any(|word| pieces[begins - 1].is(word));
        if is_condition {
            let qualifier = is_qualified.then(|| pieces[begins].word()).flatten();
            query.bound.push(qualifier.unwrap_or_default().to_owned());
        }
    }
}

fn is_query(group: &[Piece]) -> bool {
    let begins = ["select", "with", "insert", "update", "delete"];
    match group.first() {
        // brackets around a query in brackets
        Some(Piece::Group(first)) => is_query(first),
        Some(first) => begins.iter().any(|word| first.is(word)),
        None => false,
    }
}

fn reads(pieces: &[Piece]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut in_from = false;
    while at < pieces.len() {
        let before = |word: &str| at > 0 && pieces[at - 1].is(word);
        let begins_from = (pieces[at].is("from") && !before("distinct")) || pieces[at].is("using");
        let begins = begins_from
            || pieces[at].is("join")
            || (pieces[at].is("update") && !["for", "do", "key"].into_iter().any(before))
            || (in_from && pieces[at] == Piece::Sign(','));
        if ["where", "group", "order", "limit", "set", "returning", "having"]
            .iter()
            .any(|word| pieces[at].is(word))
        {
            in_from = false;
        }
        in_from |= begins_from;
        at += 1;
        if begins {
            found.extend(named(pieces, &mut at));
        }
    }
    found
}

/// The table that is named here; none where a function or a query in brackets stands.
fn named(pieces: &[Piece], at: &mut usize) -> Option<Named> {
    while pieces
        .get(*at)
        .is_some_and(|piece| piece.is("only") || piece.is("lateral"))
    {
        *at += 1;
    }
    let mut table = pieces.get(*at)?.word()?.to_owned();
    if pieces.get(*at + 1) == Some(&Piece::Sign('.')) {
        table = pieces.get(*at + 2)?.word()?.to_owned();
        *at += 2;
    }
    *at += 1;
    let mut next = *at;
    if pieces.get(next).is_some_and(|piece| piece.is("as")) {
        next += 1;
    }
    let is_name = |word: &str| {
        ![
            "where",
            "join",
            "left",
            "right",
            "inner",
            "full",
            "cross",
            "on",
            "set",
            "group",
            "order",
            "limit",
            "for",
            "union",
            "using",
            "returning",
            "natural",
            "having",
            "offset",
            "window",
        ]
        .contains(&word)
    };
    match pieces.get(next) {
        Some(Piece::Group(_)) => None,
        Some(Piece::Word(alias)) if is_name(alias) => {
            *at = next + 1;
            Some(Named {
                table,
                called: alias.clone(),
            })
        }
        _ => Some(Named {
            called: table.clone(),
            table,
        }),
    }
}

fn inserts(pieces: &[Piece]) -> Option<(String, bool)> {
    let into = pieces
        .windows(2)
        .position(|two| two[0].is("insert") && two[1].is("into"))?;
    let rest = &pieces[into + 2..];
    let table = rest.first()?.word()?.to_owned();
    let columns = rest.iter().find_map(|piece| match piece {
        Piece::Group(group) => Some(group),
        Piece::Word(_) | Piece::Parameter(_) | Piece::Literal | Piece::Sign(_) => None,
    })?;
    let tenant_first = columns.first().is_some_and(|first| first.is("tenant_id"));
    let gives_tenant = rest.windows(2).any(|two| match (&two[0], &two[1]) {
        (select, Piece::Parameter(1)) => select.is("select"),
        (values, Piece::Group(row)) => values.is("values") && row.first() == Some(&Piece::Parameter(1)),
        _ => false,
    });
    Some((table, tenant_first && gives_tenant))
}
