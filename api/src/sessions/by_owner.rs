//! The list of an owner's sessions, so that all of them can be ended at once.

use super::{
    store::Sessions,
    token::{SESSION_PREFIX, SessionRef},
};
use crate::domain::{OwnerId, StoreError};
use std::time::Duration;

/// How long the list is kept after the last sign-in. A session that lives longer than this without
/// another sign-in is missing from it.
const LIST_LIFETIME: Duration = Duration::from_secs(180 * 24 * 3600);

const SESSIONS_MAX: usize = 1000;

fn list(owner: &OwnerId) -> String {
    format!("sessions-of:{owner}")
}

impl Sessions {
    /// Also removes those that have expired.
    pub(super) async fn enlist(&self, owner: &OwnerId, id: &SessionRef) -> Result<(), StoreError> {
        let list = list(owner);
        for other in self.records.members(&list).await? {
            let name = format!("{SESSION_PREFIX}{other}");
            if self.records.get(&name).await?.is_none() {
                self.records.remove_member(&list, &other).await?;
            }
        }
        // The session works even if the list is full; it then ends only by itself.
        self.records
            .add_member(&list, id.as_str(), SESSIONS_MAX, LIST_LIFETIME)
            .await?;
        Ok(())
    }

    pub(super) async fn delist(&self, owner: &OwnerId, id: &str) -> Result<(), StoreError> {
        self.records.remove_member(&list(owner), id).await
    }

    /// Ends all sessions of an owner.
    pub async fn end_all(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let list = list(owner);
        for id in self.records.members(&list).await? {
            self.records.take(&format!("{SESSION_PREFIX}{id}")).await?;
            self.records.remove_member(&list, &id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sessions::store::tests::{TTL, sessions, visitor};

    #[tokio::test(start_paused = true)]
    async fn ends_all_sessions_of_an_owner() {
        let sessions = sessions();
        let (mine, theirs) = (visitor(), visitor());
        let phone = sessions.create(&mine).await.unwrap();
        let laptop = sessions.create(&mine).await.unwrap();
        let other = sessions.create(&theirs).await.unwrap();
        sessions.end_all(&mine.owner).await.unwrap();
        assert!(sessions.open(&phone).await.unwrap().is_none());
        assert!(sessions.open(&laptop).await.unwrap().is_none());
        assert!(sessions.open(&other).await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn the_list_holds_live_sessions_only() {
        let sessions = sessions();
        let owner = visitor();
        let ended = sessions.create(&owner).await.unwrap();
        sessions.delete(&ended.session()).await.unwrap();
        sessions.create(&owner).await.unwrap();
        tokio::time::advance(TTL).await;
        let live = sessions.create(&owner).await.unwrap();
        let listed = sessions.records.members(&list(&owner.owner)).await.unwrap();
        assert_eq!(listed, [live.session().as_str()]);
    }
}
