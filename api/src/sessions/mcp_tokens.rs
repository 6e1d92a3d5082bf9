//! MCP tokens, which give MCP clients access to their owner's notes.

use super::{
    record::Growth,
    store::{Sessions, from_now},
    token::{digest, random_token},
};
use crate::domain::{OwnerId, StoreError};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Lifetime of a token, used or not.
pub const MCP_TOKEN_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most tokens an owner can have: enough for every client of one person.
pub const MCP_TOKENS_PER_OWNER: usize = 50;
const LAST_USE_GRAIN: Duration = Duration::from_secs(60);

/// A token in its owner's list, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpTokenInfo {
    /// The id for revoking it: a digest that grants nothing.
    pub id: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When a client last used it, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A new token, shown only once.
#[derive(Debug)]
pub struct IssuedMcpToken {
    /// The token.
    pub token: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why a token could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The owner has [`MCP_TOKENS_PER_OWNER`].
    #[error("too many tokens")]
    LimitReached,
    /// The owner was deleted after this request was admitted.
    #[error("the owner was forgotten")]
    OwnerForgotten,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Serialize, Deserialize)]
struct SealedToken {
    owner: OwnerId,
    created_at: Timestamp,
    expires_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

fn record(id: &str) -> String {
    format!("mcp:{id}")
}

fn index(owner: &OwnerId) -> String {
    format!("mcp-of:{owner}")
}

impl Sessions {
    /// Issues a token for the notes of `owner`.
    pub async fn issue_mcp_token(&self, owner: &OwnerId) -> Result<IssuedMcpToken, IssueError> {
        self.records.check_room(Growth::Other)?;
        let token = random_token();
        let id = digest("mcp", token.expose_secret());
        let expires_at = from_now(MCP_TOKEN_LIFETIME);
        let value = SealedToken {
            owner: owner.clone(),
            created_at: Timestamp::now(),
            expires_at,
            last_used_at: None,
        };
        let name = record(&id);
        self.records
            .put(&name, self.seal(&name, &value)?, MCP_TOKEN_LIFETIME)
            .await?;
        // Nobody has the token yet: until it is in the list it grants nothing.
        if !self.list_token(owner, &id).await? {
            self.forget_dead_tokens(owner).await?;
            if !self.list_token(owner, &id).await? {
                self.records.take(&name).await?;
                return Err(IssueError::LimitReached);
            }
        }
        // Deleting an owner sets a mark before it deletes the tokens in the list.
        if self.is_forgotten(owner).await? {
            self.revoke_mcp_token(owner, &id).await?;
            return Err(IssueError::OwnerForgotten);
        }
        Ok(IssuedMcpToken { token, expires_at })
    }

    async fn list_token(&self, owner: &OwnerId, id: &str) -> Result<bool, StoreError> {
        self.records
            .add_member(&index(owner), id, MCP_TOKENS_PER_OWNER, MCP_TOKEN_LIFETIME)
            .await
    }

    /// Removes expired tokens from the list, so that they do not count.
    async fn forget_dead_tokens(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let index = index(owner);
        for id in self.records.members(&index).await? {
            if self.records.get(&record(&id)).await?.is_none() {
                self.records.remove_member(&index, &id).await?;
            }
        }
        Ok(())
    }

    /// The owner of the token's notes; records the use. `None` if it is unknown, expired or
    /// revoked.
    pub async fn find_mcp_token(&self, token: &str) -> Result<Option<OwnerId>, StoreError> {
        let name = record(&digest("mcp", token));
        let Some(found) = self.records.get(&name).await? else {
            return Ok(None);
        };
        let Some(mut value) = self.unseal::<SealedToken>(&name, &found) else {
            return Ok(None);
        };
        let now = Timestamp::now();
        let stale = |last: Timestamp| now.duration_since(last).unsigned_abs() >= LAST_USE_GRAIN;
        if value.last_used_at.is_none_or(stale) {
            value.last_used_at = Some(now);
            // Losing to another use is fine, and losing to a revocation is necessary. A store that
            // cannot write still lets the token in.
            let noted = self.seal(&name, &value)?;
            if let Err(error) = self.records.swap(&name, &found, noted).await {
                tracing::debug!(%error, "the use of a token was not noted");
            }
        }
        Ok(Some(value.owner))
    }

    /// The owner's tokens, newest first.
    pub async fn list_mcp_tokens(&self, owner: &OwnerId) -> Result<Vec<McpTokenInfo>, StoreError> {
        let index = index(owner);
        let mut tokens = Vec::new();
        for id in self.records.members(&index).await? {
            let name = record(&id);
            let found = self.records.get(&name).await?;
            match found.and_then(|found| self.unseal::<SealedToken>(&name, &found)) {
                Some(value) => tokens.push(McpTokenInfo {
                    id,
                    created_at: value.created_at,
                    expires_at: value.expires_at,
                    last_used_at: value.last_used_at,
                }),
                None => continue,
            }
        }
        tokens.sort_by(|a, b| {
            b.created_at
                .cmp(&a.created_at)
                .then_with(|| a.id.cmp(&b.id))
        });
        Ok(tokens)
    }

    /// Revokes a token of this owner; `false` if it does not exist.
    pub async fn revoke_mcp_token(&self, owner: &OwnerId, id: &str) -> Result<bool, StoreError> {
        let name = record(id);
        let found = self.records.get(&name).await?;
        let value = found.and_then(|found| self.unseal::<SealedToken>(&name, &found));
        if value.is_none_or(|value| value.owner != *owner) {
            return Ok(false);
        }
        let revoked = self.records.take(&name).await?.is_some();
        self.records.remove_member(&index(owner), id).await?;
        Ok(revoked)
    }

    /// Revokes all tokens of an owner. Requests admitted earlier cannot issue new ones.
    pub async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        self.mark_forgotten(owner).await?;
        let index = index(owner);
        for id in self.records.members(&index).await? {
            self.records.take(&record(&id)).await?;
            self.records.remove_member(&index, &id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{
        domain::Session,
        sessions::store::tests::{sessions, visitor},
    };

    #[tokio::test(start_paused = true)]
    async fn a_token_identifies_its_owner_until_it_expires() {
        let sessions = sessions();
        let owner = OwnerId::generate();
        let issued = sessions.issue_mcp_token(&owner).await.unwrap();
        let token = issued.token.expose_secret();
        assert!(
            sessions.list_mcp_tokens(&owner).await.unwrap()[0]
                .last_used_at
                .is_none()
        );
        assert_eq!(
            sessions.find_mcp_token(token).await.unwrap(),
            Some(owner.clone())
        );
        let listed = sessions.list_mcp_tokens(&owner).await.unwrap();
        assert!(listed[0].last_used_at.is_some());
        assert!(!format!("{listed:?}{issued:?}").contains(token));
        assert_eq!(
            sessions.find_mcp_token(&listed[0].id).await.unwrap(),
            None,
            "an id is not a token"
        );
        tokio::time::advance(MCP_TOKEN_LIFETIME).await;
        assert_eq!(sessions.find_mcp_token(token).await.unwrap(), None);
        assert!(sessions.list_mcp_tokens(&owner).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn only_the_owner_revokes() {
        let sessions = sessions();
        let (owner, stranger) = (OwnerId::generate(), OwnerId::generate());
        let issued = sessions.issue_mcp_token(&owner).await.unwrap();
        let token = issued.token.expose_secret();
        let id = sessions.list_mcp_tokens(&owner).await.unwrap()[0]
            .id
            .clone();
        assert!(!sessions.revoke_mcp_token(&stranger, &id).await.unwrap());
        assert!(sessions.find_mcp_token(token).await.unwrap().is_some());
        assert!(sessions.revoke_mcp_token(&owner, &id).await.unwrap());
        assert!(!sessions.revoke_mcp_token(&owner, &id).await.unwrap());
        assert!(sessions.find_mcp_token(token).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn enforces_the_token_limit_and_revokes_all_at_once() {
        let sessions = sessions();
        let owner = OwnerId::generate();
        for _ in 0..MCP_TOKENS_PER_OWNER {
            sessions.issue_mcp_token(&owner).await.unwrap();
        }
        let more = sessions.issue_mcp_token(&owner).await;
        assert!(matches!(more, Err(IssueError::LimitReached)));
        sessions.delete_owner(&owner).await.unwrap();
        assert!(sessions.list_mcp_tokens(&owner).await.unwrap().is_empty());
        let late = sessions.issue_mcp_token(&owner).await;
        assert!(matches!(late, Err(IssueError::OwnerForgotten)));
        assert!(sessions.list_mcp_tokens(&owner).await.unwrap().is_empty());
        // A new sign-in of the same user clears the mark.
        let user = Session {
            owner: owner.clone(),
            ..visitor()
        };
        sessions.create(&user).await.unwrap();
        sessions.issue_mcp_token(&owner).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn concurrent_issues_respect_the_limit() {
        let sessions = sessions();
        let owner = OwnerId::generate();
        let issuing: Vec<_> = (0..200)
            .map(|_| {
                let (sessions, owner) = (sessions.clone(), owner.clone());
                tokio::spawn(async move { sessions.issue_mcp_token(&owner).await.is_ok() })
            })
            .collect();
        let mut issued = 0;
        for one in issuing {
            issued += usize::from(one.await.unwrap());
        }
        assert_eq!(issued, MCP_TOKENS_PER_OWNER);
        let listed = sessions.list_mcp_tokens(&owner).await.unwrap();
        assert_eq!(listed.len(), MCP_TOKENS_PER_OWNER);
    }
}
