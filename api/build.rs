//! Tells the program which commit it is built from: `SMOOTH_OPERATOR_COMMIT`, as an image build
//! sets it, else Git's word. Builds for development do not ask Git, so that a commit alone makes
//! nothing be built again.

use std::{env, path::Path, process::Command};

const NAME: &str = "SMOOTH_OPERATOR_COMMIT";

fn main() {
    println!("cargo:rerun-if-env-changed={NAME}");
    println!("cargo:rerun-if-changed=build.rs");
    let given = env::var(NAME).ok().filter(|text| is_plain(text));
    let commit = given.or_else(|| {
        if env::var("PROFILE").as_deref() != Ok("release") {
            return Some("development".to_owned());
        }
        // Changes with the commit; missing outside of a repository.
        for file in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(&["rev-parse", "--git-path", file])
                && Path::new(&path).exists()
            {
                println!("cargo:rerun-if-changed={path}");
            }
        }
        git(&["rev-parse", "--short=12", "HEAD"])
    });
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env={NAME}={commit}");
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
