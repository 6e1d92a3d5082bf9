//! The owners whose deletion has begun but not ended. The list outlives the process where the records
//! do, so that a deletion continues after a restart.

use super::store::Sessions;
use crate::domain::{OwnerId, StoreError};
use std::time::Duration;

const LIST: &str = "owners-to-forget";
/// How long the list is kept after the last deletion began.
const LIST_LIFETIME: Duration = Duration::from_secs(180 * 24 * 3600);
/// Most owners in the list.
const OWNERS_MAX: usize = 10_000;

impl Sessions {
    /// Lists an owner as about to be deleted.
    /// Fails when the list is full because stores have been away for long.
    pub async fn begin_forgetting(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let listed = self
            .records
            .add_member(LIST, owner.as_str(), OWNERS_MAX, LIST_LIFETIME)
            .await?;
        if listed {
            Ok(())
        } else {
            Err(StoreError::Full {
                store: self.records.name(),
            })
        }
    }

    /// Removes an owner from the list.
    pub async fn end_forgetting(&self, owner: &OwnerId) -> Result<(), StoreError> {
        self.records.remove_member(LIST, owner.as_str()).await
    }

    /// The owners in the list.
    pub async fn to_forget(&self) -> Result<Vec<OwnerId>, StoreError> {
        let owners = self.records.members(LIST).await?;
        Ok(owners
            .iter()
            .filter_map(|owner| owner.parse().ok())
            .collect())
    }
}
