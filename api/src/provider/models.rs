//! `GET /models`, by async-openai: what a provider offers to a key, and whether it accepts the key.

use super::{
    endpoint::Endpoint,
    error::ProviderError,
    error_kind::ProviderErrorKind,
    json,
    model_list::ModelList,
    options::Api,
    transport::{authorization, post, read_up_to, refused},
    wire_error::WireError,
};
use crate::domain::ApiKey;
use async_openai::{Client, config::Config, error::OpenAIError, middleware::HttpRequestFactory};
use futures_util::future::BoxFuture;
use reqwest::{Response, header::HeaderMap};
use secrecy::SecretString;
use serde_json::Value;
use std::task::{Context, Poll};
use tokio::time::timeout;

/// The longest known list, OpenRouter's, is a tenth of this.
const LIST_MAX_BYTES: usize = 4 * 1024 * 1024;

/// `None` if the provider has no such route (404, 405).
pub(super) async fn list(
    endpoint: &Endpoint,
    key: &ApiKey,
) -> Result<Option<ModelList>, ProviderError> {
    let access = Access {
        base_url: endpoint.options.base_url.clone(),
        headers: authorization(key),
        key: SecretString::from(key.expose()),
    };
    let service = Checked(endpoint.http.clone());
    let client = Client::build(endpoint.http.clone(), access).with_http_service(service);
    let asked = timeout(
        endpoint.options.models_timeout,
        client.models().list_byot::<Value>(),
    )
    .await;
    let answer = asked
        .map_err(|_| ProviderError::new(ProviderErrorKind::Timeout, "no list of models in time"))?;
    match answer.map_err(failure) {
        Ok(list) => match ModelList::read(&list) {
            Some(list) => Ok(Some(list)),
            None => Err(refused_with_200(&list).unwrap_or_else(unreadable)),
        },
        Err(error)
            if matches!(error.status, Some(404 | 405))
                && error.kind == ProviderErrorKind::WrongAddress =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Checks a key without a list, with an empty request: with a good key and address, the provider
/// reports that the request is empty.
pub(super) async fn probe(endpoint: &Endpoint, key: &ApiKey) -> Result<(), ProviderError> {
    let Endpoint { http, options, .. } = endpoint;
    let path = match options.api {
        Api::Responses => "/responses",
        Api::Auto | Api::Chat => "/chat/completions",
    };
    let asked = post(http, options, path, key, b"{}".to_vec());
    match timeout(options.models_timeout, asked).await {
        Err(_) => Err(ProviderError::new(
            ProviderErrorKind::Timeout,
            "no answer in time",
        )),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(refusal)) => match refusal.error.kind {
            ProviderErrorKind::WrongAddress
            | ProviderErrorKind::Auth
            | ProviderErrorKind::Unavailable
            | ProviderErrorKind::Timeout
            | ProviderErrorKind::RateLimited => Err(refusal.error),
            _ => Ok(()),
        },
    }
}

fn refused_with_200(body: &Value) -> Option<ProviderError> {
    let error = ProviderError::reported(None, None, &WireError::in_value(body)?);
    (error.kind != ProviderErrorKind::Other).then_some(error)
}

/// An address with something else than such an API often answers 200, with a page or its own error.
fn unreadable() -> ProviderError {
    let detail = "the list of models cannot be read";
    ProviderError::new(ProviderErrorKind::WrongAddress, detail)
}

fn failure(error: OpenAIError) -> ProviderError {
    match error {
        OpenAIError::Boxed(error) => match error.downcast::<ProviderError>() {
            Ok(error) => *error,
            Err(_) => unreadable(),
        },
        OpenAIError::Reqwest(error) => ProviderError::transport(&error),
        _ => unreadable(),
    }
}

/// Sends async-openai's requests, and passes on only responses that are safe to read: successful,
/// limited in size, and JSON.
#[derive(Debug, Clone)]
struct Checked(reqwest::Client);

impl tower::Service<HttpRequestFactory> for Checked {
    type Response = Response;
    type Error = ProviderError;
    type Future = BoxFuture<'static, Result<Response, ProviderError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ProviderError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let http = self.0.clone();
        Box::pin(async move {
            let build = || async {
                let built = request.build().await;
                built.map_err(|_| {
                    ProviderError::new(ProviderErrorKind::Other, "the request could not be built")
                })
            };
            // A kept-alive connection may close just as it is used, so try another one once.
            let answer = match http.execute(build().await?).await {
                Err(error) if !error.is_timeout() => http.execute(build().await?).await,
                answer => answer,
            };
            let response = answer.map_err(|error| ProviderError::transport(&error))?;
            if !response.status().is_success() {
                return Err(refused(response).await.error);
            }
            let body = read_up_to(response, LIST_MAX_BYTES).await;
            let body = body.map_err(|error| ProviderError::transport(&error))?;
            let list = json::parse::<Value>(&body).map_err(|_| unreadable())?;
            Ok(http::Response::new(list.value.to_string()).into())
        })
    }
}

impl From<ProviderError> for OpenAIError {
    fn from(error: ProviderError) -> Self {
        Self::Boxed(Box::new(error))
    }
}

/// async-openai's own configuration would read the server's `OPENAI_*` variables, and panic on keys
/// that are not valid headers.
struct Access {
    base_url: String,
    headers: HeaderMap,
    key: SecretString,
}

impl Config for Access {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
