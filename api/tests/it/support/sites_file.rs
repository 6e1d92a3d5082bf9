//! `SITES_FILE` for a test.

use std::path::PathBuf;

/// A sites file, removed when dropped.
pub struct SitesFile(PathBuf);

impl SitesFile {
    pub fn new(name: &str, text: &str) -> Self {
        let name = format!("smooth-operator-sites-{}-{name}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for SitesFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
