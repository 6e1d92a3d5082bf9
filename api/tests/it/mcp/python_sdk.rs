//! The official Python SDK as a client of `/mcp`; `tests/mcp_sdk.py` is what it does.

use super::server::McpServer;
use std::{path::Path, process::Stdio};

/// The official Python SDK, both generations, when it can be had. Says so when it was not run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_sdk_speaks_to_it() {
    let server = McpServer::start().await;
    for version in ["1.30.0", "2.3.0"] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp_sdk.py");
        let Some(python) = python_with_sdk(version).await else {
            eprintln!("NOT RUN: the Python SDK mcp=={version} could not be installed here.");
            continue;
        };
        let run = tokio::process::Command::new(python)
            .args([script, &server.url])
            .env("MCP_TOKEN", &server.my_token)
            .output()
            .await
            .unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr),
        );
        assert!(run.status.success(), "mcp=={version}\n{out}\n{err}");
        assert!(out.ends_with("ok\n"), "mcp=={version}\n{out}\n{err}");
        eprintln!("mcp=={version}: {out}");
    }
}

/// A Python that has the SDK, in an environment of its own under the target folder.
async fn python_with_sdk(version: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mcp-sdk-{version}"));
    let python = folder.join("bin/python").to_str()?.to_owned();
    let import = [
        "-c",
        &format!("import importlib.metadata as m; assert m.version('mcp') == '{version}'"),
    ];
    if quiet(&python, &import).await {
        return Some(python);
    }
    let installed = quiet("python3", &["-m", "venv", "--clear", folder.to_str()?]).await
        && quiet(
            &python,
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                &format!("mcp=={version}"),
            ],
        )
        .await
        && quiet(&python, &import).await;
    installed.then_some(python)
}

async fn quiet(program: &str, arguments: &[&str]) -> bool {
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let limit = std::time::Duration::from_secs(180);
    matches!(tokio::time::timeout(limit, command.status()).await, Ok(Ok(status)) if status.success())
}
