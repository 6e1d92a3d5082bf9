//! Sites, with and without a sites file.

use crate::support::{Model, PASSCODE, Reply, SITE_SECRET, SitesFile, TestServer, client::problem};
use serde_json::json;

const LIST: &str = r##"
[sites.shop]
title = "Ask the shop"
greeting = "Good day"
starters = ["Where is my parcel?"]
accent = "#1f6feb"
origins = ["https://shop.example"]
agent = "archivist"
logo = "/shop.svg"
ai_notice = "A machine answers."
show = { notes = false }
[sites.shop.text.de]
title = "Frag den Laden"
"##;

#[tokio::test]
async fn every_well_formed_id_is_a_site_without_a_file() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let site = client.json("/api/sites/any-site_1").await;
    assert_eq!(site["id"], "any-site_1");
    assert_eq!(site["origins"], json!([]));
    assert_eq!(site["accent"], json!(null));
    assert!(!site["title"].as_str().unwrap().is_empty());
    for bad in ["a%20b", "%ff", &"x".repeat(65)] {
        let response = client.get(&format!("/api/sites/{bad}")).await;
        problem(response, 404, "site_not_found").await;
    }
}

#[tokio::test]
async fn only_configured_sites_exist() {
    let file = SitesFile::new("list", LIST);
    let model = Model::new([Reply::text("Good day.")]).await;
    let server = TestServer::with(&model, &[("SITES_FILE", file.path())]).await;
    let client = server.client();
    let look = json!({
        "id": "shop", "title": "Ask the shop", "greeting": "Good day",
        "starters": ["Where is my parcel?"], "accent": "#1f6feb",
        "origins": ["https://shop.example"], "logo": "/shop.svg", "show": {"notes": false},
        "ai_notice": "A machine answers.", "text": {"de": {"title": "Frag den Laden"}},
    });
    assert_eq!(client.json("/api/sites/shop").await, look);
    problem(client.get("/api/sites/other").await, 404, "site_not_found").await;

    let login = |site: &str| json!({"passcode": PASSCODE, "site_id": site});
    let refused = client.post("/api/login", login("other")).await;
    problem(refused, 404, "site_not_found").await;
    let grant = json!({"site_id": "other", "api_key": "sk-test-site"});
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(SITE_SECRET);
    problem(
        client.run(request.json(&grant)).await,
        404,
        "site_not_found",
    )
    .await;

    assert_eq!(client.post("/api/login", login("shop")).await.status(), 200);
    client.save_key("sk-test-own").await;
    let events = client.ask("Where is my parcel?").await;
    assert_eq!(
        events[1]["agent"], "archivist",
        "the site's own entry agent"
    );
}
