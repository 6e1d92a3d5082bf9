//! A browser, as the API sees it: cookies, JSON, event streams.

use super::{Events, PASSCODE};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// A visitor. Clones share the cookies.
#[derive(Clone)]
pub struct Client {
    pub url: String,
    http: reqwest::Client,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Client {
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            url: url.to_owned(),
            http,
            cookies: Arc::default(),
        }
    }

    /// A request with the visitor's cookies. [`Client::run`] keeps those of the response.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.url));
        let cookies = self.cookies.lock().unwrap();
        if cookies.is_empty() {
            return request;
        }
        let pairs: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        request.header(header::COOKIE, pairs.join("; "))
    }

    pub async fn run(&self, request: RequestBuilder) -> Response {
        self.attempt(request).await.unwrap()
    }

    /// Like [`Client::run`], with a server that may be gone.
    pub async fn attempt(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let response = request.send().await?;
        let mut cookies = self.cookies.lock().unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        Ok(response)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.run(self.request("GET", path)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.run(self.request("DELETE", path)).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Response {
        self.run(self.request(method, path).json(&body)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.send("POST", path, body).await
    }

    /// The JSON of a GET that must succeed.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        response.json().await.unwrap()
    }

    pub async fn sign_in(&self) {
        let response = self
            .post("/api/login", json!({ "passcode": PASSCODE }))
            .await;
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{:?}",
            response.text().await
        );
    }

    pub async fn save_key(&self, key: &str) {
        let response = self.post("/api/settings", json!({ "api_key": key })).await;
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{:?}",
            response.text().await
        );
    }

    /// Starts a run and returns its stream.
    pub async fn chat(&self, body: Value) -> Events {
        let response = self.post("/api/chat", body).await;
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{:?}",
            response.text().await
        );
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events::of(response)
    }

    /// Sends a message and reads the whole answer.
    pub async fn ask(&self, message: &str) -> Vec<Value> {
        self.chat(json!({ "message": message })).await.rest().await
    }

    /// Follows a run after event `after`.
    pub async fn follow(&self, run: &str, after: Option<u64>) -> Response {
        let mut request = self.request("GET", &format!("/api/runs/{run}/events"));
        if let Some(after) = after {
            request = request.header("last-event-id", after.to_string());
        }
        self.run(request).await
    }
}

/// Expects a problem with this status and code; returns it.
pub async fn problem(response: Response, status: u16, code: &str) -> Value {
    let got = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{text}"
    );
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["code"], code, "{text}");
    assert_eq!(body["status"], status, "{text}");
    assert_eq!(body["type"], "about:blank");
    assert_eq!(
        body["request_id"],
        headers["x-request-id"].to_str().unwrap()
    );
    assert!(body["title"].is_string());
    assert!(
        body["detail"].as_str().unwrap().ends_with('.'),
        "a sentence: {text}"
    );
    body
}
