//! A folder of one test's own for a SQLite file. Included by the unit tests of the stores and by
//! the integration tests.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// A folder that goes with the test.
pub(crate) struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// Makes an empty one.
    pub(crate) fn new() -> Self {
        let name = format!("so-sqlite-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file of the test.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("store.db")
    }

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    /// What is in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
