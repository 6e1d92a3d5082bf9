//! All data of an owner as one JSON document, written while it is read.

use super::{answers::Reservation, error::ApiError, mcp_tokens::McpToken, state::Api};
use crate::domain::{Note, OwnerId, StoreError, ThreadDetail, ThreadId};
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

/// The exported document.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what the stream writes")]
pub(super) struct Export {
    /// Conversations with all messages.
    threads: Vec<ThreadDetail>,
    /// Notes with their contents.
    notes: Vec<Note>,
    /// MCP tokens without their secrets.
    tokens: Vec<McpToken>,
}

/// The part to write next, after this id or title.
enum Part {
    Threads(Option<ThreadId>),
    Notes(Option<String>),
    End,
}

/// An export in progress, which holds one item in memory at a time.
struct Writer {
    api: Api,
    owner: OwnerId,
    part: Part,
    /// Counts the last piece until the next one is requested.
    buffered: Reservation,
}

/// The body of an export; `429` while another export of the owner is in progress.
pub(super) fn body(api: &Api, owner: OwnerId) -> Result<Body, ApiError> {
    let buffered = api.answers().export(&owner)?;
    let writer = Writer {
        api: api.clone(),
        owner,
        part: Part::Threads(None),
        buffered,
    };
    let pieces = stream::try_unfold(writer, async |mut writer| {
        let piece = writer.next().await.inspect_err(|error| {
            tracing::error!(%error, "an export broke off");
        })?;
        Ok::<_, StoreError>(piece.map(|piece| (piece, writer)))
    });
    Ok(Body::from_stream(pieces))
}

impl Writer {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let mut piece = Vec::new();
        self.part = match std::mem::replace(&mut self.part, Part::End) {
            Part::Threads(after) => {
                if after.is_none() {
                    piece.extend_from_slice(b"{\"threads\":[");
                }
                let thread = self.api.engine.export_thread(&self.owner, after.as_ref());
                match thread.await? {
                    Some(thread) => {
                        if after.is_some() {
                            piece.push(b',');
                        }
                        write(&mut piece, &thread)?;
                        Part::Threads(Some(thread.thread.id))
                    }
                    None => {
                        piece.extend_from_slice(b"],\"notes\":[");
                        Part::Notes(None)
                    }
                }
            }
            Part::Notes(after) => {
                match self.api.notes.export(&self.owner, after.as_deref()).await? {
                    Some(note) => {
                        if after.is_some() {
                            piece.push(b',');
                        }
                        write(&mut piece, &note)?;
                        Part::Notes(Some(note.title))
                    }
                    None => {
                        let tokens = self.api.sessions.list_mcp_tokens(&self.owner).await?;
                        let tokens: Vec<McpToken> = tokens.into_iter().map(Into::into).collect();
                        piece.extend_from_slice(b"],\"tokens\":");
                        write(&mut piece, &tokens)?;
                        piece.push(b'}');
                        Part::End
                    }
                }
            }
            Part::End => return Ok(None),
        };
        self.buffered.resize(piece.len());
        Ok(Some(piece.into()))
    }
}

fn write(piece: &mut Vec<u8>, value: &impl Serialize) -> Result<(), StoreError> {
    serde_json::to_writer(piece, value).map_err(|error| StoreError::Corrupt {
        store: "export",
        reason: error.to_string(),
    })
}
