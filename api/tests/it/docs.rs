//! `/docs`: a page that loads nothing from other hosts, under a strict policy.

use crate::support::{Model, TestServer};

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
