//! Search with PostgreSQL's full text index.

use super::{sql, words};
use crate::{
    connect::postgres::statement::query_as,
    domain::{OwnerId, StoreError},
    threads::rows::{FoundRow, TextRow},
    threads::search::{Found, Query, Segment, Segments},
};
use futures_util::TryStreamExt;
use sqlx::PgConnection;
use std::collections::HashSet;

/// All threads that have all terms, in any order.
pub(super) async fn search(
    connection: &mut PgConnection,
    owner: &OwnerId,
    query: &Query,
) -> Result<Vec<Found>, StoreError> {
    let terms = query.terms();
    let all_of: Vec<_> = terms.iter().map(words::all_of).collect();
    let any_of: Vec<_> = terms.iter().map(words::any_of).collect();
    let rows: Vec<FoundRow> = query_as(sql::SEARCH)
        .bind(words::of_owner(owner))
        .bind(all_of)
        .bind(any_of)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let found: Result<Vec<_>, _> = rows.into_iter().map(FoundRow::read).collect();
    let mut found = found?;
    for term in terms {
        if let Some(run) = words::inexact(term) {
            let threads = having(connection, owner, term, run).await?;
            found.retain(|found| threads.contains(found.thread.id.as_str()));
        }
    }
    Ok(found)
}

/// The threads whose text contains a long run in one piece.
async fn having(
    connection: &mut PgConnection,
    owner: &OwnerId,
    term: &Segment,
    run: &str,
) -> Result<HashSet<String>, StoreError> {
    let mut texts = query_as::<TextRow>(sql::TEXTS)
        .bind(words::of_owner(owner))
        .bind(words::all_of(term))
        .fetch(connection);
    let mut threads = HashSet::new();
    while let Some(row) = texts.try_next().await? {
        let has_run =
            |segment: &Segment| matches!(segment, Segment::Part(text) if text.contains(run));
        if Segments::of(&row.text()?).iter().any(has_run) {
            threads.insert(row.thread);
        }
    }
    Ok(threads)
}
