//! `POST /api/client-secrets`: a site's backend signs its visitors in.

use crate::support::{
    Client, Model, PASSCODE, Reply, SITE_SECRET, SitesFile, TestServer, client::problem,
    events::of_kind,
};
use serde_json::{Value, json};

async fn secret(client: &Client, body: Value) -> String {
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(SITE_SECRET);
    let response = client.run(request.json(&body)).await;
    assert_eq!(response.status(), 201);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert!(body["expires_at"].is_string());
    body["client_secret"].as_str().unwrap().to_owned()
}

async fn visitor(server: &TestServer, user: Option<&str>) -> Client {
    let client = server.client();
    let mut body = json!({"site_id": "shop", "api_key": "sk-test-site"});
    if let Some(user) = user {
        body["user_id"] = user.into();
    }
    let secret = secret(&server.client(), body).await;
    let response = client
        .post("/api/login", json!({"client_secret": secret}))
        .await;
    assert_eq!(response.status(), 200);
    client
}

#[tokio::test]
async fn a_secret_signs_in_once_with_the_sites_key() {
    let server = TestServer::start(&Model::new([Reply::text("Hello.")]).await).await;
    let body = json!({"site_id": "shop", "api_key": "sk-test-site", "model": "site-model"});
    let secret = secret(&server.client(), body).await;
    let client = server.client();
    let response = client
        .post("/api/login", json!({"client_secret": secret}))
        .await;
    assert_eq!(response.status(), 200);
    let session: Value = response.json().await.unwrap();
    assert_eq!(session["has_api_key"], true);
    assert_eq!(session["key_source"], "site");
    assert_eq!(session["site_id"], "shop");
    assert_eq!(session["model"], "site-model");
    assert_eq!(
        client.ask("Hello").await.last().unwrap()["status"],
        "completed"
    );

    let again = server
        .client()
        .post("/api/login", json!({"client_secret": secret}))
        .await;
    problem(again, 401, "invalid_client_secret").await;
}

#[tokio::test]
async fn a_session_tells_users_apart() {
    let server = TestServer::start(&Model::new([]).await).await;
    let mut tags = Vec::new();
    for user in [Some("jo"), Some("jo"), Some("al"), None] {
        let client = visitor(&server, user).await;
        tags.push(client.json("/api/session").await["user_tag"].clone());
    }
    assert!(tags[0].is_string() && tags[0] == tags[1] && tags[0] != tags[2]);
    assert!(tags[3].is_null());
}

#[tokio::test]
async fn visitors_cannot_change_the_sites_key() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = visitor(&server, None).await;
    for settings in [json!({"api_key": "sk-own"}), json!({"model": "dearer"})] {
        let response = client.post("/api/settings", settings).await;
        problem(response, 403, "key_managed_by_site").await;
    }
    problem(
        client.delete("/api/settings").await,
        403,
        "key_managed_by_site",
    )
    .await;
    let bad = client.post("/api/settings", json!({"model": "a b"})).await;
    problem(bad, 422, "invalid_request").await;
    assert_eq!(client.json("/api/session").await["key_source"], "site");
    assert_eq!(
        client.json("/api/models").await["items"][0]["id"],
        "test-model"
    );
}

#[tokio::test]
async fn a_refused_site_key_is_the_owners_concern() {
    let body = |code: &str| json!({"error": {"message": "m", "code": code}}).to_string();
    let rows = [
        (401, body("invalid_api_key"), "provider_auth"),
        (429, body("insufficient_quota"), "provider_quota"),
        (404, body("model_not_found"), "model_not_found"),
    ];
    for (status, body, code) in rows {
        let reply = || Reply::Status(status, vec![], body.clone());
        let server = TestServer::start(&Model::new([reply(), reply()]).await).await;
        let told = async |client: Client| {
            let events = client.ask("Hello").await;
            let error = of_kind(&events, "error")[0];
            assert_eq!(error["code"], code);
            error["message"].as_str().unwrap().to_owned()
        };
        let to_visitor = told(visitor(&server, None).await).await;
        assert!(
            to_visitor.contains("the site's owner"),
            "{code}: {to_visitor}"
        );
        for part in ["key", "settings", "OPENAI"] {
            assert!(!to_visitor.contains(part), "{code}: {to_visitor}");
        }
        let to_owner = told(server.signed_in().await).await;
        assert!(!to_owner.contains("the site's owner"), "{code}: {to_owner}");
    }
}

#[tokio::test]
async fn users_have_the_same_owner_on_every_device() {
    let server = TestServer::start(&Model::new([Reply::text("Hello.")]).await).await;
    let threads = async |client: &Client| {
        client.json("/api/threads").await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    let phone = visitor(&server, Some("jo")).await;
    phone.ask("Hello").await;
    let laptop = visitor(&server, Some("jo")).await;
    assert_eq!(threads(&laptop).await, 1);
    assert_eq!(phone.post("/api/logout", json!({})).await.status(), 204);
    assert_eq!(
        threads(&laptop).await,
        1,
        "a user's things outlive the session"
    );
    assert_eq!(threads(&visitor(&server, Some("jay")).await).await, 0);

    let anonymous = visitor(&server, None).await;
    anonymous.ask("Hello").await;
    assert_eq!(threads(&visitor(&server, None).await).await, 0);
}

#[tokio::test]
async fn a_site_secret_is_required_and_the_passcode_is_not_one() {
    let server = TestServer::start(&Model::new([]).await).await;
    let signed_in = server.signed_in().await;
    let good = json!({"site_id": "shop", "api_key": "sk-test-site"});
    let request = signed_in.request("POST", "/api/client-secrets").json(&good);
    problem(signed_in.run(request).await, 401, "wrong_site_secret").await;
    // The secret is checked before the body is read.
    let client = server.client();
    for wrong in [PASSCODE, "wrong", &SITE_SECRET[1..]] {
        let request = client
            .request("POST", "/api/client-secrets")
            .bearer_auth(wrong)
            .body("x");
        problem(client.run(request).await, 401, "wrong_site_secret").await;
    }
    // It is not a session token.
    let request = client
        .request("GET", "/api/threads")
        .bearer_auth(SITE_SECRET);
    problem(client.run(request).await, 401, "not_signed_in").await;
}

#[tokio::test]
async fn without_a_site_secret_the_route_does_not_exist() {
    let none = [("SITE_SECRET", "")];
    let server = TestServer::with(&Model::new([]).await, &none).await;
    let client = server.client();
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(PASSCODE)
        .json(&json!({"site_id": "shop", "api_key": "sk-test-site"}));
    problem(client.run(request).await, 404, "not_found").await;
}

#[tokio::test]
async fn accepts_old_site_secrets_that_are_listed() {
    let both = format!("new-{SITE_SECRET},{SITE_SECRET}");
    let server = TestServer::with(&Model::new([]).await, &[("SITE_SECRET", &both)]).await;
    secret(
        &server.client(),
        json!({"site_id": "shop", "api_key": "sk-test-site"}),
    )
    .await;
}

#[tokio::test]
async fn a_site_with_its_own_secret_accepts_no_other() {
    let own = "the-own-secret-of-the-shop-and-longer";
    let list = "[sites.shop]\nsecret_env_var = \"SHOP_SECRET\"\n[sites.blog]";
    let file = SitesFile::new("own-secret", list);
    let sites = ("SITES_FILE", file.path());
    let model = Model::new([]).await;
    let server = TestServer::with(&model, &[sites, ("SHOP_SECRET", own)]).await;
    let client = server.client();
    let ask = async |site: &str, secret: &str| {
        let request = client
            .request("POST", "/api/client-secrets")
            .bearer_auth(secret)
            .json(&json!({"site_id": site, "api_key": "sk-test-site"}));
        client.run(request).await
    };
    assert_eq!(ask("shop", own).await.status(), 201);
    assert_eq!(ask("blog", SITE_SECRET).await.status(), 201);
    problem(ask("shop", SITE_SECRET).await, 401, "wrong_site_secret").await;
    problem(ask("blog", own).await, 401, "wrong_site_secret").await;
    problem(ask("other", own).await, 404, "site_not_found").await;

    let alone = [sites, ("SHOP_SECRET", own), ("SITE_SECRET", "")];
    let server = TestServer::with(&model, &alone).await;
    let client = server.client();
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(own)
        .json(&json!({"site_id": "blog", "api_key": "sk-test-site"}));
    problem(client.run(request).await, 404, "site_not_found").await;
}

#[tokio::test]
async fn refuses_invalid_descriptions_of_visitors() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let (site, key) = ("shop", "sk-test-site");
    for body in [
        json!({}),
        json!({"site_id": site}),
        json!({"api_key": key}),
        json!({"site_id": "a b", "api_key": key}),
        json!({"site_id": site, "api_key": "a b"}),
        json!({"site_id": site, "api_key": ""}),
        json!({"site_id": site, "api_key": key, "user_id": ""}),
        json!({"site_id": site, "api_key": key, "user_id": "x".repeat(201)}),
        json!({"site_id": site, "api_key": key, "model": "a b"}),
        json!({"site_id": site, "api_key": key, "ttl": 1}),
        json!({"site_id": site, "api_key": key, "user_id": "visitor:1"}),
        json!({"site_id": site, "api_key": key, "limits": {"messages_per_day": 0}}),
        json!({"site_id": site, "api_key": key, "limits": {"messages_per_day": 1.5}}),
        json!({"site_id": site, "api_key": key, "limits": {"messages_per_minute": -1}}),
        json!({"site_id": site, "api_key": key, "limits": {"tokens_per_day": "9"}}),
        json!({"site_id": site, "api_key": key, "limits": {"per_hour": 1}}),
    ] {
        let request = client
            .request("POST", "/api/client-secrets")
            .bearer_auth(SITE_SECRET);
        problem(
            client.run(request.json(&body)).await,
            422,
            "invalid_request",
        )
        .await;
    }
}
