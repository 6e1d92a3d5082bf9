//! Tests the floor rule (see `src/lib.rs`) on the sources.
//!
//! Reads all files under `src` without comments, strings and test modules, and checks the modules
//! and libraries that their paths refer to.

mod check;
mod circles;
mod scan;

use check::{check, without_test_files};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules that each module may use.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    ("config", &["config", "domain"]),
    ("connect", &["connect", "domain"]),
    ("sessions", &["sessions", "connect", "domain"]),
    ("runs", &["runs", "connect", "domain"]),
    ("threads", &["threads", "connect", "domain"]),
    ("notes", &["notes", "connect", "domain"]),
    ("transfer", &["transfer", "connect", "domain"]),
    ("provider", &["provider", "domain"]),
    ("agents", &["agents", "domain"]),
    ("telemetry", &["telemetry", "domain"]),
    ("tools", &["tools", "domain"]),
    ("sites", &["sites", "domain"]),
    (
        "chat",
        &[
            "chat",
            "sessions",
            "runs",
            "threads",
            "notes",
            "provider",
            "agents",
            "telemetry",
            "tools",
            "domain",
        ],
    ),
    (
        "http",
        &[
            "http",
            "chat",
            "sessions",
            "runs",
            "threads",
            "notes",
            "provider",
            "agents",
            "sites",
            "telemetry",
            "tools",
            "domain",
        ],
    ),
];

/// These may use all modules: they assemble the rest.
const TOP: &[&str] = &["app", "commands", "logging", "main", "lib"];

/// Libraries that only a few files may use, given as path prefixes, or `*/x` for every file or
/// folder `x` in any module.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("async_openai", &["provider"]),
    ("axum", &["http", "app.rs", "main.rs"]),
    // The router refers to `http/metrics.rs` by the same name.
    ("metrics", &["telemetry", "http/router.rs"]),
    ("metrics_exporter_prometheus", &["telemetry"]),
    ("rmcp", &["notes/tools", "tools", "http/mcp.rs"]),
    ("redis", &["*/redis"]),
    (
        "sqlx",
        &[
            "*/postgres",
            "*/sqlite",
            "*/rows",
            "transfer/mod.rs",
            "connect/mod.rs",
        ],
    ),
    ("jsonwebtoken", &["tools/identity.rs"]),
    ("toml", &["agents", "sites"]),
];

/// Most lines of a file, without its tests.
const FILE_MAX_LINES: usize = 400;
/// Most lines of `main.rs`.
const MAIN_MAX_LINES: usize = 60;

/// A file under `src`.
pub(super) struct Source {
    /// The path from `src`, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

#[test]
fn modules_respect_the_floors() {
    let sources = sources();
    assert!(sources.len() > 20, "the sources were not found");
    let faults = check(&sources);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles = circles::find(&sources());
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let sources = sources();
    let long: Vec<String> = without_test_files(&sources)
        .into_iter()
        .map(|source| (&source.path, lines_without_tests(&source.text)))
        .filter(|(_, lines)| *lines > FILE_MAX_LINES)
        .map(|(path, lines)| format!("src/{path} has {lines} lines"))
        .collect();
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

/// Unit tests are at the end of their file.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with("mod tests {"));
    tests.unwrap_or(lines.len())
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                sources.push(Source {
                    path: relative,
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    sources
}
