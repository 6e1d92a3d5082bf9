//! `/api/login`, `/api/logout`, `/api/session`.

use super::{
    address::ClientAddress,
    admission::{admit, admit_by_passcode},
    cookies::{Context, Purpose, SetCookies},
    error::{ApiError, Problem},
    extract::{Body, NoBody, SignedIn},
    session_view::SessionView,
    state::Api,
    visitor,
};
use crate::{
    domain::{KeySource, Limits, Session, SiteId},
    sessions::{Account, Guess, OpenSession, SessionToken},
    sites::{is_visitor, user_owner},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(session))
}

/// A sign-in, either with `passcode` (and `site_id` in a frame) or with `client_secret`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    /// The deployment's passcode.
    #[schema(value_type = Option<String>, nullable = false)]
    passcode: Option<SecretString>,
    /// The site that embeds the chat.
    #[schema(nullable = false)]
    site_id: Option<SiteId>,
    /// From `POST /api/client-secrets`.
    #[schema(value_type = Option<String>, nullable = false)]
    client_secret: Option<SecretString>,
}

struct Arrival<'a> {
    api: &'a Api,
    address: IpAddr,
    context: Context,
    headers: &'a HeaderMap,
    cookies: &'a SetCookies,
}

/// Sign in.
///
/// Begins a new session. This browser's previous session in the same context ends.
#[utoipa::path(
    post,
    path = "/api/login",
    tag = "session",
    params(("X-SO-Context" = Option<String>, Header, description = "`embed` in a frame")),
    request_body = Login,
    responses(
        (status = 200, body = SessionView, description = "With the session's cookie; in the `embed` context with `token` too"),
        (status = 401, description = "`wrong_passcode`, `invalid_client_secret`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`site_not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: 10 failures from this address within 15 minutes", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn login(
    State(api): State<Api>,
    context: Context,
    ClientAddress(address): ClientAddress,
    cookies: SetCookies,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Result<Json<SessionView>, ApiError> {
    let arrival = Arrival {
        api: &api,
        address,
        context,
        headers: &headers,
        cookies: &cookies,
    };
    let (session, limits) = match (login.passcode, login.client_secret, login.site_id) {
        (Some(passcode), None, site) => (arrival.by_passcode(&passcode, site).await?, None),
        (None, Some(secret), None) => {
            let (session, limits) = arrival.by_client_secret(&secret).await?;
            (session, Some(limits))
        }
        (Some(_), Some(_), _) => {
            return Err(ApiError::invalid(
                "client_secret: give it without passcode.",
            ));
        }
        (None, Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "site_id: leave it out; the client_secret names the site.",
            ));
        }
        (None, None, _) => return Err(ApiError::invalid("passcode: this field is required.")),
    };
    let before = api.cookies().read(&headers, Purpose::Session, context);
    api.engine.admit(&session.owner).await?;
    let token = api.sessions.create(&session).await?;
    if let Some(limits) = limits {
        let user_id = session.user_id.as_deref();
        let account = Account::new(&session.owner, user_id, &token.session());
        api.sessions.keep_limits(&account, limits).await?;
    }
    let ttl = api.sessions.ttl();
    cookies.push(
        api.cookies()
            .write(Purpose::Session, context, token.expose(), ttl)?,
    );
    if let Some(before) = before.map(|text| SessionToken::from_text(&text))
        && let Some(before) = api.sessions.open(&before).await?
    {
        end(&api, &before, before.session.ephemeral).await?;
    }
    let expires_at = Timestamp::now().checked_add(ttl).unwrap_or(Timestamp::MAX);
    let token = (context == Context::Embed).then(|| token.expose().to_owned());
    Ok(Json(SessionView::signed_in(
        &api, &session, expires_at, token,
    )))
}

impl Arrival<'_> {
    async fn by_passcode(
        &self,
        passcode: &SecretString,
        site_id: Option<SiteId>,
    ) -> Result<Session, ApiError> {
        admit_by_passcode(self.api, self.address, passcode.expose_secret()).await?;
        if site_id
            .as_ref()
            .is_some_and(|site| self.api.sites.get(site).is_none())
        {
            return Err(ApiError::SiteNotFound);
        }
        Ok(Session {
            owner: visitor::owner(self.api, self.headers, self.context, self.cookies)?,
            ephemeral: !self.api.options.durable,
            site_id,
            user_id: None,
            api_key: None,
            key_source: None,
            model: None,
            fallback_model: None,
            model_checked: false,
            created_at: Timestamp::now(),
        })
    }

    async fn by_client_secret(&self, secret: &SecretString) -> Result<(Session, Limits), ApiError> {
        // Before anything else: looking at a secret uses it up.
        if let Some(wait) = self
            .api
            .sessions
            .throttled(Guess::SignIn, self.address)
            .await?
        {
            return Err(ApiError::RateLimited(wait));
        }
        let grant = self.api.sessions.redeem(secret.expose_secret()).await?;
        let refusal = ApiError::InvalidClientSecret;
        let grant = admit(self.api, Guess::SignIn, self.address, grant, refusal).await?;
        if self.api.sites.get(&grant.site_id).is_none() {
            return Err(ApiError::SiteNotFound);
        }
        let (owner, visitor) = match &grant.user_id {
            Some(user) => (user_owner(&grant.site_id, user), false),
            None => (
                visitor::owner(self.api, self.headers, self.context, self.cookies)?,
                true,
            ),
        };
        let session = Session {
            owner,
            ephemeral: visitor && !self.api.options.durable,
            site_id: Some(grant.site_id),
            user_id: grant.user_id,
            api_key: Some(grant.api_key),
            key_source: Some(KeySource::Site),
            model: grant.model,
            fallback_model: None,
            model_checked: false,
            created_at: Timestamp::now(),
        };
        Ok((session, grant.limits))
    }
}

/// Ends a session; `forget` also deletes all data of its owner.
async fn end(api: &Api, open: &OpenSession, forget: bool) -> Result<(), ApiError> {
    // The session last: if a store fails before, the caller can repeat the request.
    if forget {
        visitor::forget(api, &open.session).await?;
    }
    Ok(api.sessions.delete(&open.id).await?)
}

/// Sign out.
///
/// Ends the session. A visitor's conversations, notes and MCP tokens are deleted; those of a site's
/// user are kept.
#[utoipa::path(
    post,
    path = "/api/logout",
    tag = "session",
    params(("X-SO-Context" = Option<String>, Header, description = "`embed` in a frame")),
    responses((status = 204, description = "Signed out, or never signed in"))
)]
async fn logout(
    State(api): State<Api>,
    context: Context,
    cookies: SetCookies,
    signed_in: Option<SignedIn>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    if let Some(SignedIn {
        id,
        session,
        expires_at,
    }) = signed_in
    {
        let forget = is_visitor(&session.owner);
        if forget && api.options.durable {
            cookies.push(api.cookies().clear(Purpose::Visitor, context)?);
        }
        end(
            &api,
            &OpenSession {
                id,
                session,
                expires_at,
            },
            forget,
        )
        .await?;
    }
    cookies.push(api.cookies().clear(Purpose::Session, context)?);
    Ok(StatusCode::NO_CONTENT)
}

/// Read the session.
#[utoipa::path(
    get,
    path = "/api/session",
    tag = "session",
    params(("X-SO-Context" = Option<String>, Header, description = "`embed` in a frame")),
    responses((status = 200, body = SessionView, description = "Also when not signed in"))
)]
async fn session(
    State(api): State<Api>,
    signed_in: Option<SignedIn>,
) -> Result<Json<SessionView>, ApiError> {
    Ok(Json(match signed_in {
        Some(caller) => SessionView::signed_in(&api, &caller.session, caller.expires_at, None),
        None => SessionView::signed_out(),
    }))
}
