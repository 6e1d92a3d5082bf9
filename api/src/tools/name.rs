//! Names under which models see the tools of MCP servers: `server__tool`, within the 64 characters
//! that all providers accept.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

const MAX_CHARS: usize = 64;
/// Hexadecimal digits of the hash that distinguishes cut or equal names.
const HASH_CHARS: usize = 8;

/// Distinct names for `tools` (server, tool), in the same order.
pub(super) fn model_names(tools: &[(&str, &str)]) -> Vec<String> {
    let plain: Vec<String> = tools
        .iter()
        .map(|(server, tool)| format!("{}__{}", clean(server), clean(tool)))
        .collect();
    let uses = uses(&plain);
    let cut: Vec<String> = tools
        .iter()
        .zip(&plain)
        .map(|((server, tool), name)| {
            if name.len() <= MAX_CHARS && uses[name.as_str()] == 1 {
                name.clone()
            } else {
                hashed(name, server, tool)
            }
        })
        .collect();
    // A server may have named a tool like the hashed name of another one.
    let uses = self::uses(&cut);
    tools
        .iter()
        .zip(&cut)
        .map(|((server, tool), name)| {
            if uses[name.as_str()] == 1 {
                name.clone()
            } else {
                hashed(name, server, tool)
            }
        })
        .collect()
}

fn uses(names: &[String]) -> HashMap<&str, usize> {
    let mut uses = HashMap::new();
    for name in names {
        *uses.entry(name.as_str()).or_default() += 1;
    }
    uses
}

/// Replaces everything but ASCII letters, digits, `_` and `-` by `_`.
fn clean(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

fn hashed(name: &str, server: &str, tool: &str) -> String {
    let digest = Sha256::digest(format!("{server}/{tool}"));
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = &name[..name.len().min(MAX_CHARS - HASH_CHARS - 1)];
    format!("{kept}_{}", &hash[..HASH_CHARS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_server_and_tool() {
        assert_eq!(model_names(&[("shop", "search")]), ["shop__search"]);
        assert_eq!(model_names(&[("my-shop", "a.b/ü")]), ["my-shop__a_b__"]);
    }

    #[test]
    fn names_are_short_and_differ() {
        let long = "x".repeat(100);
        let other = format!("{long}y");
        let tools = [
            ("shop", long.as_str()),
            ("shop", &other),
            ("shop", "a.b"),
            ("shop", "a_b"),
            ("shop", "c"),
        ];
        let names = model_names(&tools);
        assert!(
            names.iter().all(|name| name.len() <= MAX_CHARS),
            "{names:?}"
        );
        let mut unique = names.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        assert_eq!(names[4], "shop__c");
    }

    #[test]
    fn a_tool_cannot_take_the_hashed_name_of_another() {
        let pair = [("s", "a.b"), ("s", "a_b")];
        let taken = model_names(&pair)[0].clone();
        let copy = taken.strip_prefix("s__").unwrap_or_default();
        let names = model_names(&[pair[0], pair[1], ("s", copy)]);
        assert!(names[0] != names[2] && names[1] != names[2], "{names:?}");
    }

    #[test]
    fn a_name_does_not_depend_on_the_order_of_the_list() {
        let forward = model_names(&[("s", "a.b"), ("s", "a_b")]);
        let mut backward = model_names(&[("s", "a_b"), ("s", "a.b")]);
        backward.reverse();
        assert_eq!(forward, backward);
    }
}
