//! The SQL of the inbox: lists, a thread's page, notes, and who sees to it.
use crate::conversations::{Conversation, Filter, Line, Listed, Note, Status, moment};
use crate::db::{TenantTx, Time};
use rules::channel::Channel;
use uuid::Uuid;

/// The conversation of a row, in a function that answers an option: each checked statement has a type of its own for its rows.
macro_rules! conversation {
    ($row:ident) => {
        Conversation {
            id: $row.id,
            channel: Channel::parse(&$row.channel)?,
            our_address: $row.our_address,
            their_address: $row.their_address,
            customer: $row.customer_id,
            status: Status::parse(&$row.status)?,
            inbound_count: $row.inbound_count,
            outbound_count: $row.outbound_count,
            unread: $row.unread,
            last_inbound_at: moment($row.last_inbound_at),
            last_outbound_at: moment($row.last_outbound_at),
            assigned_to: $row.assigned_to,
            opted_out_at: moment($row.opted_out_at),
            opt_out_reason: $row.opt_out_reason,
            tags: serde_json::from_value($row.tags).unwrap_or_default(),
        }
    };
}

/// Where the page before ended.
pub struct After {
    pub at: Option<Time>,
    pub id: Uuid,
}

pub async fn get(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<Option<Conversation>> {
    let tenant = tx.id();
    let row = sqlx::query!(
        r#"select id, channel, our_address, their_address, customer_id, status, inbound_count, outbound_count, unread,
                  last_inbound_at as "last_inbound_at: Time", last_outbound_at as "last_outbound_at: Time", assigned_to,
                  opted_out_at as "opted_out_at: Time", opt_out_reason, tags
           from conversations where tenant_id = $1 and id = $2"#,
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|row| Some(conversation!(row))))
}

pub async fn between(
    tx: &mut TenantTx,
    channel: Channel,
    ours: &str,
    theirs: &str,
) -> sqlx::Result<Option<Uuid>> {
    let tenant = tx.id();
    sqlx::query_scalar!(
        r#"select id from conversations
           where tenant_id = $1 and channel = $2 and our_address = $3 and their_address = $4"#,
        tenant,
        channel.name(),
        ours,
        theirs,
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn page(
    tx: &mut TenantTx,
    filter: &Filter,
    after: Option<After>,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let tenant = tx.id();
    let (at, id) = after.map_or((None, None), |after| (after.at, Some(after.id)));
    let rows = sqlx::query_file!(
        "src/conversations/list.sql",
        tenant,
        filter.unread,
        filter.assigned_to,
        filter.status.map(Status::name),
        filter.channel.map(Channel::name),
        at as Option<Time>,
        id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let listed = rows.into_iter().filter_map(|row| {
        let person = [row.first_name, row.last_name]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        Some(Listed {
            name: Some(person).filter(|name| !name.is_empty()).or(row.company_name),
            last_body: row.last_body,
            last_is_theirs: row.last_direction.map(|direction| direction == "inbound"),
            last_message_at: moment(row.last_message_at),
            conversation: conversation!(row),
        })
    });
    Ok(listed.collect())
}

/// The newest messages of a thread, before a moment if one is given; the newest first.
pub async fn messages(
    tx: &mut TenantTx,
    conversation: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Line>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select m.id, m.direction, m.purpose, m.status, m.subject, m.body, m.media_urls, m.created_at as "created_at: Time",
                  m.due_at as "due_at: Time", m.error_code
           from messages m
           where m.tenant_id = $1 and m.conversation_id = $2
             and ($3::uuid is null or (m.created_at, m.id) < (select b.created_at, b.id from messages b where b.tenant_id = $1 and b.id = $3))
           order by m.created_at desc, m.id desc limit $4"#,
        tenant,
        conversation,
        before,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let lines = rows.into_iter().map(|row| Line {
        message: row.id,
        is_theirs: row.direction == "inbound",
        purpose: row.purpose,
        status: row.status,
        subject: row.subject,
        body: row.body,
        media_urls: serde_json::from_value(row.media_urls).unwrap_or_default(),
        at: row.created_at.0,
        due_at: moment(row.due_at),
        error_code: row.error_code,
    });
    Ok(lines.collect())
}

/// What is queued to these addresses and was not let go yet: it is in no thread so far. The oldest first.
pub async fn waiting(tx: &mut TenantTx, of: &Conversation) -> sqlx::Result<Vec<Line>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select id, purpose, status, subject, body, media_urls, created_at as "created_at: Time", due_at as "due_at: Time", error_code
           from messages
           where tenant_id = $1 and channel = $2 and their_address = $3 and status = 'queued' and conversation_id is null
             and (our_address = $4 or $2 = 'email' and lower(our_address) = $4)
           order by due_at, id limit 100"#,
        tenant,
        of.channel.name(),
        of.their_address,
        of.our_address,
    )
    .fetch_all(tx.conn())
    .await?;
    let lines = rows.into_iter().map(|row| Line {
        message: row.id,
        is_theirs: false,
        purpose: row.purpose,
        status: row.status,
        subject: row.subject,
        body: row.body,
        media_urls: serde_json::from_value(row.media_urls).unwrap_or_default(),
        at: row.created_at.0,
        due_at: moment(row.due_at),
        error_code: row.error_code,
    });
    Ok(lines.collect())
}

pub async fn notes(tx: &mut TenantTx, conversation: Uuid) -> sqlx::Result<Vec<Note>> {
    let tenant = tx.id();
    let rows = sqlx::query!(
        r#"select written_by, body, at as "at: Time" from conversation_notes
           where tenant_id = $1 and conversation_id = $2 order by at desc, id desc limit 100"#,
        tenant,
        conversation,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut notes: Vec<Note> = rows
        .into_iter()
        .map(|row| Note {
            by: row.written_by,
            body: row.body,
            at: row.at.0,
        })
        .collect();
    notes.reverse();
    Ok(notes)
}

pub async fn insert_note(tx: &mut TenantTx, conversation: Uuid, by: &str, body: &str) -> sqlx::Result<Uuid> {
    let (tenant, at, id) = (tx.id(), tx.time(), tx.new_id());
    sqlx::query!(
        r#"insert into conversation_notes (tenant_id, id, conversation_id, written_by, body, at) values ($1, $2, $3, $4, $5, $6)"#,
        tenant,
        id,
        conversation,
        by,
        body,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

pub async fn assign(tx: &mut TenantTx, id: Uuid, to: Option<&str>) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        "update conversations set assigned_to = $3, updated_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        to,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn read(tx: &mut TenantTx, id: Uuid) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        "update conversations set unread = 0, updated_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_status(tx: &mut TenantTx, id: Uuid, to: Status) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        "update conversations set status = $3, updated_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        to.name(),
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_tags(tx: &mut TenantTx, id: Uuid, tags: &[String]) -> sqlx::Result<bool> {
    let (tenant, at) = (tx.id(), tx.time());
    let done = sqlx::query!(
        "update conversations set tags = to_jsonb($3::text[]), updated_at = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        tags,
        at as Time,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
