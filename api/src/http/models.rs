//! `/api/models`: the models that the session's key can use, and the choice among them.

use super::{
    error::{ApiError, Problem},
    extract::SignedIn,
    state::Api,
};
use crate::{
    domain::{ApiKey, ModelName, Notice, NoticeCode, Session},
    provider::{ModelList, ProviderError, ProviderErrorKind},
};
use axum::{Json, extract::State};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Days before its shutdown on which a model is announced as retiring.
const NOTICE_DAYS: i64 = 60;
/// How long the first message of a session waits for the list, which is usually cached.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(models))
}

/// The chat models that the provider offers to the session's key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelList)]
pub(super) struct Models {
    /// In the provider's order; empty when it has no list.
    items: Vec<Model>,
    /// The default model; null when it is not among them.
    #[schema(required)]
    default: Option<ModelName>,
}

/// A model.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfferedModel)]
pub(super) struct Model {
    /// Its name.
    id: ModelName,
    /// The day on which the provider shuts it down, if announced.
    #[schema(required, value_type = Option<String>, format = Date)]
    shutdown_date: Option<Date>,
}

/// List the models.
#[utoipa::path(
    get,
    path = "/api/models",
    tag = "session",
    responses(
        (status = 200, body = Models),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`api_key_required`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`api_key_rejected`: the provider no longer takes the key", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`provider_unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn models(State(api): State<Api>, signed_in: SignedIn) -> Result<Json<Models>, ApiError> {
    let key = signed_in.session.api_key.ok_or(ApiError::ApiKeyRequired)?;
    let list = api.provider.models(&key).await;
    let list = list.map_err(|error| refusal(&error))?.unwrap_or_default();
    let default = &api.options.default_model;
    Ok(Json(Models {
        default: list.get(default).map(|_| default.clone()),
        items: list
            .0
            .into_iter()
            .map(|model| Model {
                id: model.id,
                shutdown_date: model.shutdown_date,
            })
            .collect(),
    }))
}

pub(super) fn refusal(error: &ProviderError) -> ApiError {
    if error.kind == ProviderErrorKind::Auth {
        return ApiError::ApiKeyRejected;
    }
    tracing::warn!(
        kind = error.kind.as_str(),
        detail = error.detail,
        "the provider did not list its models"
    );
    ApiError::ProviderUnavailable(error.advice)
}

/// The model to use for a key to which the default model is not offered.
pub(super) fn fallback(list: Option<&ModelList>, default: &ModelName) -> Option<ModelName> {
    let list = list?;
    match list.get(default) {
        Some(_) => None,
        None => list.first().cloned(),
    }
}

pub(super) fn default_model(api: &Api, session: &Session) -> ModelName {
    let fallback = session.fallback_model.clone();
    fallback.unwrap_or_else(|| api.options.default_model.clone())
}

/// The notice for a session's first run when its model retires soon or is no longer offered.
pub(super) async fn retirement(api: &Api, session: &Session, key: &ApiKey) -> Option<Notice> {
    if session.model_checked {
        return None;
    }
    let list = api.provider.recent_models(key, NOTICE_TIMEOUT).await?;
    let chosen = session.model.clone();
    let model = chosen.unwrap_or_else(|| default_model(api, session));
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let message = retirement_of(&model, &list, today)?;
    tracing::warn!(model = model.as_str(), "{message}");
    Some(Notice {
        code: NoticeCode::ModelRetiring,
        message,
    })
}

fn retirement_of(model: &ModelName, list: &ModelList, today: Date) -> Option<String> {
    let name = model.as_str();
    let Some(offered) = list.get(model) else {
        let sentence = format!(
            "The provider does not offer the model {name} (any more). Choose another one in the settings."
        );
        return (!list.0.is_empty()).then_some(sentence);
    };
    let date = offered.shutdown_date?;
    let is_soon = date <= today.saturating_add(NOTICE_DAYS.days());
    is_soon
        .then(|| format!("The model {name} retires on {date}. Choose another one in the settings."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::provider::OfferedModel;

    fn list(models: &[(&str, Option<&str>)]) -> ModelList {
        let offered = |(id, date): &(&str, Option<&str>)| OfferedModel {
            id: id.parse().unwrap(),
            shutdown_date: date.map(|date| date.parse().unwrap()),
        };
        ModelList(models.iter().map(offered).collect())
    }

    #[test]
    fn notifies_of_models_that_retire_within_60_days_or_are_gone() {
        let today: Date = "2026-11-25".parse().unwrap();
        let list = list(&[
            ("kept", None),
            ("later", Some("2027-01-25")),
            ("soon", Some("2027-01-24")),
            ("over", Some("2026-11-01")),
        ]);
        let rows = [
            ("kept", None),
            ("later", None),
            ("soon", Some("2027-01-24")),
            ("over", Some("2026-11-01")),
            ("unheard-of", Some("does not offer")),
        ];
        for (model, expected) in rows {
            let said = retirement_of(&model.parse().unwrap(), &list, today);
            match expected {
                Some(part) => assert!(said.unwrap().contains(part), "{model}"),
                None => assert_eq!(said, None, "{model}"),
            }
        }
        assert_eq!(
            retirement_of(&"a".parse().unwrap(), &ModelList::default(), today),
            None
        );
    }

    #[test]
    fn replaces_an_unavailable_default_by_the_first_chat_model() {
        let default: ModelName = "default".parse().unwrap();
        let first: ModelName = "first".parse().unwrap();
        let with = list(&[("first", None), ("default", None)]);
        let without = list(&[("first", None), ("second", None)]);
        assert_eq!(fallback(Some(&with), &default), None);
        assert_eq!(fallback(Some(&without), &default), Some(first));
        assert_eq!(fallback(Some(&ModelList::default()), &default), None);
        assert_eq!(fallback(None, &default), None);
    }
}
