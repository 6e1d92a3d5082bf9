//! Tests that need a custom router or state: panics, returning visitors.
#![allow(clippy::unwrap_used)]

use super::{Api, HttpOptions, Parts, Probe, error::ApiError, router, router::complete};
use crate::{
    agents::Agents,
    chat::{self, Engine, EngineOptions},
    domain::{OwnerId, StoreError, TrustedProxies},
    notes::{NoteStore, memory::MemoryNotes, tools::NoteTools},
    provider::{Provider, ProviderOptions},
    sessions::{Sessions, memory::MemoryRecords},
    sites::Sites,
    telemetry::{Build, Meter, Telemetry, Tracer},
    threads::memory::MemoryThreads,
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const VISITOR: &str = "__Host-so_visitor=";
const SESSION: &str = "__Host-so_session=";

/// A state in memory; `durable` as if notes and threads outlived the process.
fn api(durable: bool, probes: Vec<Probe>) -> Api {
    let secrets = ["a secret of the tests, long enough".into()];
    let records = Arc::new(MemoryRecords::default());
    let sessions = Sessions::new(records, &secrets, Duration::from_secs(3600));
    let threads = Arc::new(MemoryThreads::default());
    let notes: Arc<dyn NoteStore> = Arc::new(MemoryNotes::default());
    let tools = NoteTools::new(Arc::clone(&notes));
    let known: Vec<String> = tools.specs().into_iter().map(|spec| spec.name).collect();
    let agents = Arc::new(Agents::parse(Agents::builtin_toml(), &known, &|_| None).unwrap());
    let provider = Provider::new(ProviderOptions::new("http://127.0.0.1:9/v1")).unwrap();
    let default_model: crate::domain::ModelName = "test-model".parse().unwrap();
    let telemetry = Telemetry {
        meter: Meter::new(Build {
            version: "0",
            commit: "test",
        }),
        tracer: Tracer::off(),
    };
    let engine = Engine::new(
        chat::EngineParts {
            sessions: sessions.clone(),
            threads: threads.clone(),
            runs: Arc::new(crate::runs::memory::MemoryRuns::default()),
            notes: Arc::clone(&notes),
            note_tools: tools.clone(),
            servers: crate::tools::ToolServers::new(Vec::new(), "https://app.example").unwrap(),
            agents: Arc::clone(&agents),
            models: Arc::new(provider.clone()),
            telemetry: telemetry.clone(),
        },
        EngineOptions {
            run_grace: Duration::from_secs(60),
            max_runs: 10,
            context_tokens: 1000,
            durable: false,
        },
    );
    Api::new(Parts {
        sessions,
        notes,
        tools,
        provider,
        agents,
        sites: Sites::open(),
        engine,
        probes,
        draining: CancellationToken::new(),
        telemetry,
        options: HttpOptions {
            passcode: "open sesame".into(),
            secrets: secrets.to_vec(),
            cors_origins: vec!["https://app.example".to_owned()],
            site_secrets: Vec::new(),
            trusted_proxies: TrustedProxies::none(),
            cookie_secure: true,
            durable,
            default_model,
            messages_per_minute: 0,
            metrics_token: None,
        },
    })
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn cookie(&self, begins: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .find(|line| line.starts_with(begins))
    }
}

async fn call(router: &Router, method: &str, path: &str, cookies: &[&str], body: &str) -> Answer {
    let pairs: Vec<&str> = cookies
        .iter()
        .filter_map(|line| line.split(';').next())
        .collect();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "chat.example")
        .header(header::COOKIE, pairs.join("; "))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

async fn sign_in(router: &Router, cookies: &[&str]) -> Answer {
    let answer = call(
        router,
        "POST",
        "/api/login",
        cookies,
        r#"{"passcode":"open sesame"}"#,
    )
    .await;
    assert_eq!(answer.status, 200);
    answer
}

async fn titles(router: &Router, session: &str) -> usize {
    let notes = call(router, "GET", "/api/notes", &[session], "").await;
    notes.body["items"].as_array().unwrap().len()
}

async fn save_note(api: &Api, visitor: &str) {
    let value = visitor.strip_prefix(VISITOR).unwrap();
    let owner: OwnerId = value.split('.').next().unwrap().parse().unwrap();
    api.notes.save(&owner, "Demo", "Friday").await.unwrap();
}

#[tokio::test]
async fn visitors_are_recognised_until_they_sign_out() {
    let api = api(true, Vec::new());
    let router = router(api.clone());
    let first = sign_in(&router, &[]).await;
    let visitor = first.cookie(VISITOR).unwrap();
    assert!(visitor.ends_with("; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure"));
    save_note(&api, visitor).await;
    assert_eq!(titles(&router, first.cookie(SESSION).unwrap()).await, 1);

    // Another session of the same visitor sees it; a stranger's does not.
    let second = sign_in(&router, &[visitor]).await;
    assert_eq!(titles(&router, second.cookie(SESSION).unwrap()).await, 1);
    let stranger = sign_in(&router, &[]).await;
    assert_eq!(titles(&router, stranger.cookie(SESSION).unwrap()).await, 0);
    let forged = format!("{}A", visitor.split(';').next().unwrap());
    let forged = sign_in(&router, &[&forged]).await;
    assert_eq!(titles(&router, forged.cookie(SESSION).unwrap()).await, 0);

    // A new sign-in in place of a session keeps the visitor's data.
    let session = second.cookie(SESSION).unwrap();
    let third = sign_in(&router, &[visitor, session]).await;
    let session = third.cookie(SESSION).unwrap();
    assert_eq!(titles(&router, session).await, 1);

    let gone = call(&router, "POST", "/api/logout", &[visitor, session], "").await;
    assert_eq!(gone.status, 204);
    assert!(
        gone.cookie(VISITOR)
            .unwrap()
            .starts_with("__Host-so_visitor=; Path=/; Max-Age=0;")
    );
    let again = sign_in(&router, &[visitor]).await;
    assert_eq!(titles(&router, again.cookie(SESSION).unwrap()).await, 0);
}

#[tokio::test]
async fn visitors_are_not_recognised_without_a_durable_store() {
    let api = api(false, Vec::new());
    let router = router(api.clone());
    let durable = super::router(self::api(true, Vec::new()));
    let visitor = sign_in(&durable, &[]).await;
    let visitor = visitor.cookie(VISITOR).unwrap();
    save_note(&api, visitor).await;
    let answer = sign_in(&router, &[visitor]).await;
    assert!(answer.cookie(VISITOR).is_none());
    assert_eq!(titles(&router, answer.cookie(SESSION).unwrap()).await, 0);
}

#[tokio::test]
async fn a_panic_fails_only_its_request_and_reveals_nothing() {
    async fn panics() {
        panic!("a secret of the handler's")
    }
    let api = api(false, Vec::new());
    let routes: Router<Api> = Router::new()
        .route("/panics", get(panics))
        .route("/well", get(|| async {}));
    let router = complete(routes, api);
    let answer = call(&router, "GET", "/panics", &[], "").await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.headers[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert_eq!(answer.body["code"], "internal_error");
    assert_eq!(
        answer.body["request_id"],
        answer.headers["x-request-id"].to_str().unwrap()
    );
    assert!(!answer.body.to_string().contains("secret"));
    assert_eq!(call(&router, "GET", "/well", &[], "").await.status, 200);
}

#[tokio::test]
async fn counts_responses_that_failed_because_of_a_store() {
    async fn fails() -> Result<(), ApiError> {
        Err(StoreError::Unavailable {
            store: "redis",
            reason: "a test".to_owned(),
        }
        .into())
    }
    let api = api(false, Vec::new());
    let routes: Router<Api> = Router::new().route("/fails", get(fails));
    let router = complete(routes, api.clone());
    let answer = call(&router, "GET", "/fails", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (503, &"overloaded".into())
    );
    let counted = api.telemetry.meter.render(0, None);
    let expected = "smooth_operator_store_errors_total{store=\"redis\"} 1";
    assert!(counted.lines().any(|line| line == expected), "{counted}");
}

#[tokio::test]
async fn ready_reports_missing_dependencies_and_shutdown() {
    let probe = |name, answer: bool| Probe {
        name,
        answers: Arc::new(move || async move { answer }.boxed()),
    };
    let away = api(false, vec![probe("redis", false), probe("postgres", true)]);
    let answer = call(&router(away), "GET", "/ready", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (503, &"overloaded".into())
    );
    assert_eq!(answer.body["detail"], "Not reachable: redis.");
    assert!(answer.headers.contains_key(header::RETRY_AFTER));

    let api = api(false, vec![probe("redis", true)]);
    let router = router(api.clone());
    assert_eq!(call(&router, "GET", "/ready", &[], "").await.status, 200);
    api.draining.cancel();
    let answer = call(&router, "GET", "/ready", &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (503, &"shutting_down".into())
    );
    assert_eq!(call(&router, "GET", "/health", &[], "").await.status, 200);
}
