//! Selectors in `agents.toml` that name the tools of an agent.

use std::{fmt, str::FromStr};

/// The reserved server name for the tools of the embedding page.
pub const PAGE: &str = "page";

/// One entry of an agent's `tools`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolSelector {
    /// A note tool, by name.
    Note(String),
    /// One tool of an MCP server, or all of them.
    Server {
        /// The server's name.
        server: String,
        /// The tool's own name; `None` for all.
        tool: Option<String>,
    },
    /// One tool of the embedding page, or all of them.
    Page(Option<String>),
}

impl ToolSelector {
    /// Whether it selects the note tool `name`.
    #[must_use]
    pub fn selects_note(&self, name: &str) -> bool {
        matches!(self, Self::Note(only) if only == name)
    }

    /// Whether it selects `tool` of the MCP server `server`.
    #[must_use]
    pub fn selects(&self, server: &str, tool: &str) -> bool {
        matches!(self, Self::Server { server: name, tool: only }
            if name == server && only.as_deref().is_none_or(|only| only == tool))
    }

    /// Whether it selects `tool` of the embedding page.
    #[must_use]
    pub fn selects_page(&self, tool: &str) -> bool {
        matches!(self, Self::Page(only) if only.as_deref().is_none_or(|only| only == tool))
    }
}

/// The text is not a valid selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tool is written as name, server/name, server/*, page/name or page/*")]
pub struct InvalidSelector;

impl FromStr for ToolSelector {
    type Err = InvalidSelector;

    fn from_str(text: &str) -> Result<Self, InvalidSelector> {
        let Some((server, tool)) = text.split_once('/') else {
            return if text.is_empty() {
                Err(InvalidSelector)
            } else {
                Ok(Self::Note(text.to_owned()))
            };
        };
        if server.is_empty() || tool.is_empty() {
            return Err(InvalidSelector);
        }
        let tool = (tool != "*").then(|| tool.to_owned());
        Ok(if server == PAGE {
            Self::Page(tool)
        } else {
            Self::Server {
                server: server.to_owned(),
                tool,
            }
        })
    }
}

impl fmt::Display for ToolSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tool = |tool: &Option<String>| tool.clone().unwrap_or_else(|| "*".to_owned());
        match self {
            Self::Note(name) => f.write_str(name),
            Self::Server { server, tool: name } => write!(f, "{server}/{}", tool(name)),
            Self::Page(name) => write!(f, "{PAGE}/{}", tool(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in [
            "save_note",
            "shop/search",
            "shop/*",
            "page/add_to_cart",
            "page/*",
            "a/b/c",
        ] {
            assert_eq!(text.parse::<ToolSelector>().unwrap().to_string(), text);
        }
        for text in ["", "/", "shop/", "/search"] {
            assert_eq!(text.parse::<ToolSelector>(), Err(InvalidSelector), "{text}");
        }
    }

    #[test]
    fn selects_by_server_and_name() {
        let all: ToolSelector = "shop/*".parse().unwrap();
        assert!(all.selects("shop", "search") && !all.selects("bank", "search"));
        let one: ToolSelector = "shop/search".parse().unwrap();
        assert!(one.selects("shop", "search") && !one.selects("shop", "buy"));
        let page: ToolSelector = "page/*".parse().unwrap();
        assert!(page.selects_page("x") && !page.selects("page", "x"));
    }
}
