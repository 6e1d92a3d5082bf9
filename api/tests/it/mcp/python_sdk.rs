//! The official Python SDK as a client of `/mcp`, running `tests/mcp_sdk.py`.

use super::server::McpServer;
use crate::support::python;

/// Runs the official Python SDK, both generations, if it can be installed; reports if not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_sdk_speaks_to_it() {
    let server = McpServer::start().await;
    for version in ["1.30.0", "2.3.0"] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp_sdk.py");
        let Some(python) = python::with("mcp", version).await else {
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
