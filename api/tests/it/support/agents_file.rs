//! An agents file for a test.

use std::{fs, path::PathBuf};

/// The file, removed when dropped.
pub struct AgentsFile(PathBuf);

impl AgentsFile {
    pub fn of(toml: &str) -> Self {
        let name = format!("agents-{}.toml", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, toml).unwrap();
        Self(path)
    }

    /// A clerk with the tools of `server_url` and of the page, and a colleague to hand over to.
    pub fn with_clerk(server_url: &str) -> Self {
        Self::with_shop(&format!("url = \"{server_url}\""))
    }

    /// The same, with these lines of TOML for the clerk's server.
    pub fn with_shop(server: &str) -> Self {
        Self::of(&format!(
            r#"
entry = "clerk"

[mcp_servers.shop]
{server}

[[agents]]
id = "clerk"
name = "Clerk"
description = "Sells."
instructions = "Sell."
tools = ["save_note", "shop/*", "page/*"]
handoffs = ["helper"]

[[agents]]
id = "helper"
name = "Helper"
description = "Helps."
instructions = "Help."
tools = []
handoffs = ["clerk"]
"#
        ))
    }

    /// A single agent with these lines of TOML.
    pub fn with_one(lines: &str) -> Self {
        Self::of(&format!(
            r#"
entry = "solo"

[[agents]]
id = "solo"
name = "Solo"
description = "Helps."
instructions = "Help."
{lines}
"#
        ))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for AgentsFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
