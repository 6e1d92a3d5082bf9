//! Indexes texts for search: answers once their run has ended, and texts stored by an older
//! version.

use super::{sql, words};
use crate::{
    connect::postgres::statement::{query, query_as},
    domain::{OwnerId, StoreError},
    threads::rows,
};
use sqlx::PgConnection;

/// Returns how many, 0 when none are left.
pub(super) async fn batch(
    connection: &mut PgConnection,
    owner: &OwnerId,
) -> Result<usize, StoreError> {
    let titles: Vec<(String, Vec<u8>)> = query_as(sql::TITLES_WITHOUT_WORDS)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    for (thread, title) in &titles {
        let title = rows::title(title.clone())?;
        query(sql::SET_TITLE_WORDS)
            .bind(thread)
            .bind(words::vector(owner, &title, words::TITLE_WEIGHT))
            .execute(&mut *connection)
            .await?;
    }
    let messages: Vec<(String, i32, String)> = query_as(sql::MESSAGES_WITHOUT_WORDS)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    for (thread, position, body) in &messages {
        let content = rows::message(body)?.content;
        query(sql::SET_MESSAGE_WORDS)
            .bind(thread)
            .bind(position)
            .bind(words::vector(owner, &content, ""))
            .execute(&mut *connection)
            .await?;
    }
    Ok(titles.len() + messages.len())
}
