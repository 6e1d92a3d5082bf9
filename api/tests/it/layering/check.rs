//! Checks each file against the floors and the libraries it may use.

use super::{
    FLOORS, LIBRARIES, MAIN_MAX_LINES, Source, TOP,
    scan::{paths, tokens, without_tests},
};
use std::collections::BTreeSet;

/// All violations, a sentence each.
pub(super) fn check(sources: &[Source]) -> Vec<String> {
    without_test_files(sources)
        .into_iter()
        .flat_map(check_file)
        .collect()
}

/// The files that are part of the build.
pub(super) fn without_test_files(sources: &[Source]) -> Vec<&Source> {
    let tests: Vec<String> = sources.iter().flat_map(test_files).collect();
    let is_test = |path: &str| tests.iter().any(|test| lies_in(path, test));
    sources
        .iter()
        .filter(|source| !is_test(&source.path))
        .collect()
}

/// Prefixes of the modules that a file declares for tests only.
fn test_files(source: &Source) -> Vec<String> {
    let folder = match source.path.strip_suffix("/mod.rs") {
        Some(folder) => folder,
        None => source.path.trim_end_matches(".rs"),
    };
    let tokens = tokens(&source.text);
    let in_builds = children(&without_tests(tokens.clone()));
    children(&tokens)
        .into_iter()
        .filter(|child| !in_builds.contains(child))
        .map(|child| format!("{folder}/{child}"))
        .collect()
}

fn check_file(source: &Source) -> Vec<String> {
    let mut faults = Vec::new();
    let path = source.path.as_str();
    let mut fault = |text: String| faults.push(format!("src/{path} {text}"));
    let tokens = without_tests(tokens(&source.text));
    let paths = paths(&tokens);
    let module = path
        .split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs");

    match FLOORS.iter().find(|(name, _)| *name == module) {
        Some((_, allowed)) => {
            for named in ours(path, &paths) {
                if !allowed.contains(&named.as_str()) {
                    fault(format!("names `{named}`, which is not below it."));
                }
            }
        }
        None if TOP.contains(&module) => {}
        None => fault("stands on no floor; give it one here and in lib.rs.".to_owned()),
    }
    for (library, places) in LIBRARIES {
        let named = paths
            .iter()
            .any(|named| named.len() > 1 && named[0] == *library);
        if named && !places.iter().any(|place| lies_in(path, place)) {
            fault(format!(
                "names `{library}`, which is a detail of {}.",
                places.join(", ")
            ));
        }
    }
    if path.ends_with("/mod.rs") && tokens.iter().any(|token| token == "trait") {
        for child in children(&tokens) {
            let used = paths.iter().any(|named| {
                let named = if named[0] == "self" {
                    &named[1..]
                } else {
                    &named[..]
                };
                named.len() > 1 && named[0] == child
            });
            if used {
                fault(format!(
                    "declares a trait and uses its child `{child}`: one or the other."
                ));
            }
        }
    }
    if path == "main.rs" && source.text.lines().count() > MAIN_MAX_LINES {
        fault(format!(
            "has more than {MAIN_MAX_LINES} lines; what it does belongs in app.rs."
        ));
    }
    faults
}

/// Our top modules that a file uses, through `crate::`, the crate's name, or `super::`.
fn ours(file: &str, paths: &[Vec<String>]) -> BTreeSet<String> {
    // The number of `super` from the file's module to the crate's root.
    let mut depth = file.split('/').count();
    if file.ends_with("/mod.rs") {
        depth -= 1;
    }
    let mut named = BTreeSet::new();
    for path in paths {
        let supers = path.iter().take_while(|part| *part == "super").count();
        let top = match path[0].as_str() {
            "crate" | "smooth_operator" => path.get(1),
            "super" if supers >= depth => path.get(supers),
            _ => None,
        };
        named.extend(top.cloned());
    }
    named
}

fn lies_in(path: &str, place: &str) -> bool {
    let beginning = |path: &str, place: &str| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == ".rs")
    };
    match place.strip_prefix("*/") {
        Some(name) => path
            .split_once('/')
            .is_some_and(|(_, inner)| beginning(inner, name)),
        None => beginning(path, place),
    }
}

/// The modules that a file declares in other files.
fn children(tokens: &[String]) -> Vec<String> {
    tokens
        .windows(3)
        .filter(|three| three[0] == "mod" && three[2] == ";")
        .map(|three| three[1].clone())
        .collect()
}

#[test]
fn only_test_files_may_use_anything() {
    let file = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let tests = file("notes/tools/tests.rs", "use crate::app::build;");
    let marked = file("notes/tools.rs", "#[cfg(test)]\nmod tests;");
    let folder = file("notes/tools/tests/server.rs", "use crate::app::build;");
    assert_eq!(check(&[marked, tests, folder]), Vec::<String>::new());
    let tests = file("notes/tools/tests.rs", "use crate::app::build;");
    let unmarked = file("notes/tools.rs", "mod tests;");
    assert_eq!(check(&[unmarked, tests]).len(), 1);
}

/// The checker must find violations in bad code.
#[test]
fn the_checker_finds_each_kind_of_fault() {
    let cases: &[(&str, &str, &str)] = &[
        (
            "runs/memory.rs",
            "use crate::threads::ThreadStore;",
            "names `threads`",
        ),
        (
            "runs/memory.rs",
            "use crate::{domain::RunId, config};",
            "names `config`",
        ),
        (
            "runs/memory.rs",
            "use crate::{\n    domain::{RunId, ThreadId},\n    chat::Engine,\n};",
            "names `chat`",
        ),
        (
            "runs/memory.rs",
            "fn f() { crate::http::error(); }",
            "names `http`",
        ),
        (
            "runs/memory.rs",
            "use super::super::notes::Note;",
            "names `notes`",
        ),
        ("runs/mod.rs", "use super::notes::Note;", "names `notes`"),
        (
            "domain/id.rs",
            "pub(in crate::runs) struct X;",
            "names `runs`",
        ),
        ("config.rs", "use crate::sites::Sites;", "names `sites`"),
        ("chat/engine.rs", "use crate::http::Api;", "names `http`"),
        ("http/router.rs", "use crate::app::AppState;", "names `app`"),
        (
            "http/router.rs",
            "use smooth_operator::app::AppState;",
            "names `app`",
        ),
        (
            "chat/engine.rs",
            "use async_openai::Client;",
            "`async_openai`",
        ),
        (
            "chat/engine.rs",
            "fn f() -> axum::response::Response {}",
            "`axum`",
        ),
        ("notes/memory.rs", "use ::rmcp::model::Tool;", "`rmcp`"),
        ("notes/mod.rs", "use {std::fmt, sqlx::PgPool};", "`sqlx`"),
        (
            "threads/memory.rs",
            "impl From<redis::RedisError> for X {}",
            "`redis`",
        ),
        (
            "notes/mod.rs",
            "mod memory;\npub trait NoteStore {}\nfn f() { memory::new(); }",
            "declares a trait",
        ),
        (
            "notes/mod.rs",
            "pub mod memory;\npub use memory::MemoryNotes;\npub trait NoteStore {}",
            "declares a trait",
        ),
        (
            "notes/mod.rs",
            "pub mod memory;\nuse self::memory::MemoryNotes;\npub trait NoteStore {}",
            "declares a trait",
        ),
        ("elsewhere.rs", "", "stands on no floor"),
        ("main.rs", &"\n".repeat(61), "lines"),
    ];
    for (path, text, expected) in cases {
        let faults = check(&[Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        }]);
        assert!(
            faults.iter().any(|fault| fault.contains(expected)),
            "{path}: {text}: {faults:?}"
        );
    }
}

#[test]
fn the_checker_accepts_good_code() {
    let cases: &[(&str, &str)] = &[
        (
            "runs/memory.rs",
            "use super::RunStore;\nuse crate::domain::{RunId, ThreadId};",
        ),
        (
            "runs/memory.rs",
            "// use crate::threads;\n/* crate::chat /* nested */ */ /// [`crate::http`]\nfn f() {}",
        ),
        (
            "runs/memory.rs",
            "const TEXT: &str = \"crate::http::x \\\" axum::y\"; const RAW: &str = r#\"redis:: \" \"#;",
        ),
        (
            "runs/memory.rs",
            "fn f<'a>(x: &'a str, c: char) -> bool { c == '\"' || c == '\\'' }\nuse crate::domain::RunId;",
        ),
        ("notes/tools/server.rs", "use rmcp::tool;"),
        ("notes/tools.rs", "use rmcp::tool;\nuse super::NoteStore;"),
        ("notes/postgres.rs", "use sqlx::PgPool;"),
        ("sessions/redis/store.rs", "use redis::Client;"),
        (
            "threads/redis.rs",
            "use redis::Client; use super::redis::x;",
        ),
        (
            "http/chat.rs",
            "use crate::{chat::Engine, domain::RunId, runs::RunStore};\nuse super::error::ApiError;",
        ),
        (
            "app.rs",
            "use crate::{config::Config, http, notes::memory};\nuse axum::serve;",
        ),
        (
            "notes/mod.rs",
            "pub mod memory;\nmod limits;\npub trait NoteStore { fn f(&self); }",
        ),
        (
            "agents/mod.rs",
            "mod file;\npub use file::AgentsError;\npub struct Agents;",
        ),
        (
            "notes/mod.rs",
            "pub mod memory;\n#[cfg(test)]\nmod tests { use super::memory::X; use crate::app; }\npub trait NoteStore {}",
        ),
    ];
    for (path, text) in cases {
        let faults = check(&[Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        }]);
        assert!(faults.is_empty(), "{path}: {text}: {faults:?}");
    }
}
