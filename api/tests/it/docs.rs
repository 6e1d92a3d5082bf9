//! `/docs`, which loads nothing from other hosts, and the agents file of docs/AGENTS.md.

use crate::support::{Model, Program, Reply, TestServer, ToolServer, events::*};
use std::path::PathBuf;

#[tokio::test]
async fn the_page_loads_nothing_external_and_runs_nothing_inline() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    for (path, kind) in [
        ("/docs", "text/html"),
        ("/docs/docs.js", "text/javascript"),
        ("/docs/docs.css", "text/css"),
    ] {
        let response = client.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        for open in ["unsafe", "http:", "https:", "*"] {
            assert!(!policy.contains(open), "{policy}");
        }
        let text = response.text().await.unwrap();
        assert!(
            !text.contains("//cdn") && !text.contains("https://"),
            "{path}"
        );
        assert!(
            !text.contains("innerHTML") && !text.contains("style=\""),
            "{path}"
        );
        for script in text.match_indices("<script").map(|(at, _)| &text[at..]) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(
                tag.contains("src=\"/docs/") && rest.starts_with("</script>"),
                "{tag}"
            );
        }
    }
}

#[tokio::test]
async fn the_agents_file_of_the_documentation_works_as_it_stands() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let page = std::fs::read_to_string(root.join("docs/AGENTS.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let tools = ToolServer::start().await;
    let file = example.replace("https://mcp.shop.example/mcp", &tools.url);
    assert_ne!(file, example);
    let path = std::env::temp_dir().join(format!("agents-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, file).unwrap();

    let model = Model::new([
        Reply::calls(&[("handoff_to_clerk", "{}")]),
        Reply::calls(&[("shop__read", "{}")]),
        Reply::text("Seven ferns."),
    ])
    .await;
    let env = [
        ("AGENTS_FILE", path.to_str().unwrap()),
        ("SHOP_MCP_TOKEN", "t0ken"),
    ];
    let program = Program::start(&model.url, &env).await;
    std::fs::remove_file(&path).unwrap();
    let client = program.client();
    client.sign_in().await;
    client.save_key("sk-test-integration").await;
    let events = client.ask("How many ferns?").await;
    assert_eq!(done(&events)["status"], "completed", "{events:#?}");
    assert_eq!(tools.calls(), ["read"]);
    let asked: Vec<_> = model
        .requests()
        .iter()
        .map(|request| {
            (
                request["model"].clone(),
                request["reasoning_effort"].clone(),
            )
        })
        .collect();
    // Only the Clerk has its own model and effort.
    assert_eq!(asked[0], ("test-model".into(), serde_json::Value::Null));
    assert_eq!(asked[1], ("gpt-6-luna".into(), "low".into()));
}
