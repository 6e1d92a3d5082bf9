//! Sessions: typed and encrypted, on top of a [`RecordStore`].

use super::{
    record::{Growth, RecordStore},
    seal::Sealer,
    token::{SESSION_PREFIX, SessionRef, SessionToken},
};
use crate::connect::memory::FORGOTTEN_FOR;
use crate::domain::{ApiKey, KeySource, ModelName, OwnerId, Session, SiteId, StoreError};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

/// How often a change is retried after a conflict. In each round one of the competing changes
/// succeeds, so this is how many can compete.
pub(super) const UPDATE_TRIES: usize = 100;

/// Sessions, client secrets, MCP tokens and the throttle. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub(super) records: Arc<dyn RecordStore>,
    pub(super) sealer: Sealer,
    ttl: Duration,
}

/// A session opened with its token.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// The id in the store.
    pub id: SessionRef,
    /// The visitor.
    pub session: Session,
    /// When it expires unless it is used.
    pub expires_at: Timestamp,
}

/// A session before encryption. It contains the API key, so it is kept in [`Zeroizing`] buffers
/// only.
#[derive(Serialize, Deserialize)]
struct SealedSession {
    owner: OwnerId,
    ephemeral: bool,
    site_id: Option<SiteId>,
    user_id: Option<String>,
    api_key: Option<String>,
    key_source: Option<KeySource>,
    model: Option<ModelName>,
    #[serde(default)]
    fallback_model: Option<ModelName>,
    #[serde(default)]
    model_checked: bool,
    created_at: Timestamp,
}

impl Sessions {
    /// `secrets`: the first one seals, all of them open. `ttl`: a session's lifetime after its last
    /// use.
    #[must_use]
    pub fn new(records: Arc<dyn RecordStore>, secrets: &[SecretString], ttl: Duration) -> Self {
        Self {
            records,
            sealer: Sealer::new(secrets),
            ttl,
        }
    }

    /// A session's lifetime after its last use.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// Creates a session and returns its new, random token. Clears the mark of a deleted owner.
    pub async fn create(&self, session: &Session) -> Result<SessionToken, StoreError> {
        self.records.check_room(Growth::SignIn)?;
        let token = SessionToken::generate();
        self.records.take(&forgotten(&session.owner)).await?;
        let id = token.session();
        // The list first: a session missing from it could not be ended with the others.
        self.enlist(&session.owner, &id).await?;
        let name = id.record();
        self.records
            .put(&name, self.seal_session(&name, session)?, self.ttl)
            .await?;
        Ok(token)
    }

    /// Marks an owner as deleted, for as long as an admitted request can run.
    pub(super) async fn mark_forgotten(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let name = forgotten(owner);
        self.records.put(&name, Vec::new(), FORGOTTEN_FOR).await
    }

    pub(super) async fn is_forgotten(&self, owner: &OwnerId) -> Result<bool, StoreError> {
        Ok(self.records.get(&forgotten(owner)).await?.is_some())
    }

    /// Opens and renews the session of this token; `None` if it is unknown, has ended, or was
    /// sealed with a secret that is no longer known.
    pub async fn open(&self, token: &SessionToken) -> Result<Option<OpenSession>, StoreError> {
        let id = token.session();
        let name = id.record();
        let Some(record) = self.records.renew(&name, self.ttl).await? else {
            return Ok(None);
        };
        let session = self.unseal_session(&name, &record);
        Ok(session.map(|session| OpenSession {
            id,
            session,
            expires_at: from_now(self.ttl),
        }))
    }

    /// Changes a session without losing concurrent changes: `change` may run several times. `None`
    /// if the session has ended.
    pub async fn update(
        &self,
        id: &SessionRef,
        change: impl Fn(&mut Session) + Send,
    ) -> Result<Option<Session>, StoreError> {
        let name = id.record();
        for _ in 0..UPDATE_TRIES {
            let Some(record) = self.records.get(&name).await? else {
                return Ok(None);
            };
            let Some(mut session) = self.unseal_session(&name, &record) else {
                return Ok(None);
            };
            change(&mut session);
            let changed = self.seal_session(&name, &session)?;
            if self.records.swap(&name, &record, changed).await? {
                return Ok(Some(session));
            }
        }
        Err(self.contended())
    }

    pub(super) fn contended(&self) -> StoreError {
        StoreError::Unavailable {
            store: self.records.name(),
            reason: "too many changes at once".into(),
        }
    }

    /// Ends a session. Its owner's data stays.
    pub async fn delete(&self, id: &SessionRef) -> Result<(), StoreError> {
        let name = id.record();
        let Some(record) = self.records.take(&name).await? else {
            return Ok(());
        };
        match self.unseal_session(&name, &record) {
            Some(session) => self.delist(&session.owner, id.as_str()).await,
            None => Ok(()),
        }
    }

    /// Restarts the session's lifetime, for live runs. `false` if it has ended.
    pub async fn renew(&self, id: &SessionRef) -> Result<bool, StoreError> {
        Ok(self.records.renew(&id.record(), self.ttl).await?.is_some())
    }

    /// The number of sessions in this process; `None` if they are in Redis.
    #[must_use]
    pub fn live(&self) -> Option<usize> {
        self.records.held(SESSION_PREFIX)
    }

    /// Removes expired sessions and returns them, so that data that belongs only to them can be
    /// deleted. A store that expires records by itself returns none.
    pub async fn sweep(&self) -> Result<Vec<Session>, StoreError> {
        let expired = self.records.sweep().await?;
        let mut sessions = Vec::new();
        for (name, record) in &expired {
            let Some(id) = name.strip_prefix(SESSION_PREFIX) else {
                continue;
            };
            let Some(session) = self.unseal_session(name, record) else {
                continue;
            };
            // The list of sessions has been swept: an error here must not lose the rest of it.
            if let Err(error) = self.delist(&session.owner, id).await {
                tracing::warn!(%error, "an expired session stays in its owner's list");
            }
            sessions.push(session);
        }
        Ok(sessions)
    }

    fn seal_session(&self, name: &str, session: &Session) -> Result<Vec<u8>, StoreError> {
        self.seal(
            name,
            &SealedSession {
                owner: session.owner.clone(),
                ephemeral: session.ephemeral,
                site_id: session.site_id.clone(),
                user_id: session.user_id.clone(),
                api_key: session.api_key.as_ref().map(|key| key.expose().to_owned()),
                key_source: session.key_source,
                model: session.model.clone(),
                fallback_model: session.fallback_model.clone(),
                model_checked: session.model_checked,
                created_at: session.created_at,
            },
        )
    }

    fn unseal_session(&self, name: &str, record: &[u8]) -> Option<Session> {
        let mut sealed: SealedSession = self.unseal(name, record)?;
        let api_key = match sealed.api_key.take().map(Zeroizing::new) {
            Some(key) => Some(key.parse::<ApiKey>().ok()?),
            None => None,
        };
        Some(Session {
            owner: sealed.owner.clone(),
            ephemeral: sealed.ephemeral,
            site_id: sealed.site_id.clone(),
            user_id: sealed.user_id.clone(),
            api_key,
            key_source: sealed.key_source,
            model: sealed.model.clone(),
            fallback_model: sealed.fallback_model.clone(),
            model_checked: sealed.model_checked,
            created_at: sealed.created_at,
        })
    }

    pub(super) fn seal(&self, name: &str, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let corrupt = |reason: String| StoreError::Corrupt {
            store: self.records.name(),
            reason,
        };
        let plain = serde_json::to_vec(value).map_err(|error| corrupt(error.to_string()))?;
        let plain = Zeroizing::new(plain);
        self.sealer
            .seal(name, &plain)
            .map_err(|error| corrupt(error.to_string()))
    }

    /// `None` for a record that cannot be decrypted, as after a change of the secret; its visitor
    /// signs in again.
    pub(super) fn unseal<T: DeserializeOwned>(&self, name: &str, record: &[u8]) -> Option<T> {
        let plain = self.sealer.open(name, record);
        let value = plain
            .ok()
            .and_then(|plain| serde_json::from_slice(&plain).ok());
        if value.is_none() {
            tracing::warn!("a stored record is sealed with an unknown secret, or damaged");
        }
        value
    }
}

impl Drop for SealedSession {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.api_key.zeroize();
    }
}

fn forgotten(owner: &OwnerId) -> String {
    format!("forgotten:{owner}")
}

/// The time in `span` from now.
pub(super) fn from_now(span: Duration) -> Timestamp {
    Timestamp::now().checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
pub(super) mod tests;
