//! Finds import circles between files.
//!
//! A file imports another if it uses an item of it, by its module or through a re-export. Declaring
//! a module and re-exporting from it do not count.

use super::{
    Source,
    check::without_test_files,
    scan::{paths, split_reexports, tokens, without_tests},
};
use std::collections::{BTreeMap, BTreeSet};

type Path = Vec<String>;

/// The declarations and paths of a file.
struct Module {
    file: String,
    /// Names it re-exports, with their paths.
    reexports: BTreeMap<String, Path>,
    imports: Vec<Path>,
}

/// A sentence for each circle.
pub(super) fn find(sources: &[Source]) -> Vec<String> {
    let modules: BTreeMap<Path, Module> = without_test_files(sources)
        .into_iter()
        .map(|source| (module_path(&source.path), read(source)))
        .collect();
    let edges: BTreeMap<&str, BTreeSet<&str>> = modules
        .iter()
        .map(|(at, module)| {
            let targets = module.imports.iter();
            let targets = targets.filter_map(|path| resolve(&modules, at, path, 0));
            let others = targets.filter(|file| *file != module.file);
            (module.file.as_str(), others.collect())
        })
        .collect();
    circles(&edges)
}

/// The module of a file: `threads/redis/tests.rs` is `threads::redis::tests`.
fn module_path(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/')
        .filter(|part| !["lib", "main"].contains(part))
        .map(str::to_owned)
        .collect()
}

fn read(source: &Source) -> Module {
    let (reexported, rest) = split_reexports(&without_tests(tokens(&source.text)));
    let reexports = paths(&reexported)
        .into_iter()
        .filter(|path| path.len() > 1)
        .map(|path| (path[path.len() - 1].clone(), path))
        .collect();
    Module {
        file: source.path.clone(),
        reexports,
        imports: paths(&rest),
    }
}

/// The file that defines a path used in module `at`.
fn resolve<'a>(
    modules: &'a BTreeMap<Path, Module>,
    at: &[String],
    path: &[String],
    depth: usize,
) -> Option<&'a str> {
    // Follows nested re-exports.
    if depth > 8 {
        return None;
    }
    let mut base: Path = at.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" | "smooth_operator" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {}
        // A child module or a library.
        child => {
            base.push(child.to_owned());
            if path.len() < 2 || !modules.contains_key(&base) {
                return None;
            }
            rest = &rest[1..];
        }
    }
    while rest.first().is_some_and(|part| part == "super") {
        base.pop()?;
        rest = &rest[1..];
    }
    while let Some(next) = rest.first() {
        base.push(next.clone());
        if !modules.contains_key(&base) {
            base.pop();
            break;
        }
        rest = &rest[1..];
    }
    let module = modules.get(&base)?;
    match rest.first().and_then(|name| module.reexports.get(name)) {
        Some(path) => resolve(modules, &base, path, depth + 1),
        None => Some(&module.file),
    }
}

fn circles(edges: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let reached = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut ahead = vec![from];
        while let Some(file) = ahead.pop() {
            for next in edges.get(file).into_iter().flatten() {
                if seen.insert(*next) {
                    ahead.push(next);
                }
            }
        }
        seen
    };
    let reachable: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|file| (*file, reached(file))).collect();
    let mut knots = BTreeSet::new();
    for (file, targets) in &reachable {
        let knot: Vec<&str> = targets
            .iter()
            .copied()
            .filter(|other| reachable.get(other).is_some_and(|back| back.contains(file)))
            .collect();
        if !knot.is_empty() {
            knots.insert(knot);
        }
    }
    knots
        .into_iter()
        .map(|knot| format!("These files import each other: src/{}", knot.join(", src/")))
        .collect()
}

#[test]
fn a_circle_is_found_through_re_exports() {
    let file = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let engine = file("chat/engine.rs", "use super::Lost; fn f() { Lost; }");
    let lost = file("chat/lost.rs", "use crate::chat::engine::{Engine, Other};");
    let module = |text: &str| file("chat/mod.rs", text);
    let found = find(&[
        engine,
        lost,
        module("mod engine; mod lost; pub use lost::Lost; pub use engine::Engine;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("src/chat/engine.rs, src/chat/lost.rs"));
    let straight = find(&[
        file("chat/engine.rs", "use super::Lost;"),
        file("chat/lost.rs", "use crate::domain::RunId;"),
        module("mod engine; mod lost; pub use lost::Lost; pub use engine::Engine;"),
        file("domain/mod.rs", "pub struct RunId;"),
    ]);
    assert_eq!(found.len() - 1, straight.len(), "{straight:?}");
    let parent = find(&[
        file(
            "notes/mod.rs",
            "mod memory; pub trait Store {} fn f() { memory::new(); }",
        ),
        file("notes/memory.rs", "use super::Store;"),
    ]);
    assert_eq!(parent.len(), 1, "{parent:?}");
    let by_module = find(&[
        file("notes/mod.rs", "mod limits; mod memory;"),
        file(
            "notes/memory.rs",
            "use super::limits; fn f() { limits::check(); }",
        ),
        file("notes/limits.rs", "use super::memory::Notes;"),
    ]);
    assert_eq!(by_module.len(), 1, "{by_module:?}");
}
