//! Every statement of a store is explained by its tests, so that a new one cannot scan a table
//! unnoticed.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Statements that scan tables once at the start, or only insert a row.
const UNPLANNED: [&str; 5] = [
    "threads/postgres/sql.rs INSERT",
    "sessions/sqlite/sql.rs RECORDS",
    "sessions/sqlite/sql.rs EVENTS",
    "runs/sqlite/sql.rs KEYS",
    "runs/sqlite/sql.rs DELETE_NOT_BEGUN",
];
/// The modules whose stores are databases.
const STORES: [&str; 4] = ["threads", "notes", "sessions", "runs"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn store_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for store in STORES {
        files(&sources().join(store), &mut found);
    }
    found
}

fn statements(text: &str) -> Vec<&str> {
    let after_const = text.split(" const ").skip(1);
    let names = after_const.filter_map(|rest| rest.split_once(": &str"));
    names
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect()
}

/// Statements of `file` that the tests of `module` do not name.
fn unlisted(file: &Path, module: &str, tests: &Path) -> Vec<String> {
    let (text, tests) = (fs::read_to_string(file), fs::read_to_string(tests));
    let (text, tests) = (text.unwrap(), tests.unwrap());
    let short = file.strip_prefix(sources()).unwrap().display();
    let names = statements(&text);
    assert!(!names.is_empty(), "{short}");
    names
        .into_iter()
        .filter(|name| {
            let path = format!("{module}::{name}");
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let mut uses = tests.split(&path).skip(1);
            uses.all(|rest| rest.starts_with(is_word))
        })
        .map(|name| format!("{short} {name}"))
        .filter(|name| !UNPLANNED.contains(&name.as_str()))
        .collect()
}

#[test]
fn every_statement_is_explained_by_a_test() {
    let mut unexplained = Vec::new();
    let lists = store_files();
    let lists = lists.iter().filter(|path| path.ends_with("sql.rs"));
    for list in lists.clone() {
        unexplained.extend(unlisted(list, "sql", &list.with_file_name("tests.rs")));
    }
    assert_eq!(lists.count(), 6, "backends with statements");
    for backend in ["sqlite", "postgres"] {
        let owners = sources().join(format!("connect/{backend}/owners.rs"));
        let tests = sources().join(format!("threads/{backend}/tests.rs"));
        unexplained.extend(unlisted(&owners, "owners", &tests));
    }
    assert_eq!(unexplained, Vec::<String>::new());
}

#[test]
fn no_statement_hides_in_the_code() {
    let is_test = |path: &Path| {
        path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
    };
    for path in store_files().iter().filter(|path| !is_test(path)) {
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for call in ["query(\"", "query_as(\"", "query_scalar(\"", "raw_sql(\""] {
            let hidden = text.contains(call);
            assert!(!hidden, "{}: put it into sql.rs", path.display());
        }
    }
}
