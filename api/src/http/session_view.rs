//! A session as its owner's page sees it: everything but the API key.

use super::{models::default_model, state::Api};
use crate::{
    domain::{AgentInfo, KeySource, ModelName, Session, SiteId},
    sites::user_tag,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::schema::{ObjectBuilder, Schema, Type},
};

/// Whether the caller is signed in, and the session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Session)]
pub(super) enum SessionView {
    /// Signed in.
    SignedIn(Box<SignedInSession>),
    /// Not signed in.
    SignedOut(SignedOutSession),
}

/// The session of a signed-in caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedInSession {
    /// Always true.
    #[schema(schema_with = always_true)]
    signed_in: bool,
    /// Whether the session has an API key.
    has_api_key: bool,
    /// Where the key comes from.
    #[schema(required)]
    key_source: Option<KeySource>,
    /// The model in use.
    model: ModelName,
    /// The site through which the visitor signed in.
    #[schema(required)]
    site_id: Option<SiteId>,
    /// The same for each session of one user of the site, and for nobody else; only after a sign-in by
    /// a client secret with `user_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    user_tag: Option<String>,
    /// When the session expires unless it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The agents that may answer.
    agents: Vec<AgentInfo>,
    /// For browsers that keep no cookies in frames; only after a sign-in in the `embed` context.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    token: Option<String>,
}

/// A caller who is not signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedOutSession {
    /// Always false.
    #[schema(schema_with = always_false)]
    signed_in: bool,
}

impl SessionView {
    pub(super) fn signed_out() -> Self {
        Self::SignedOut(SignedOutSession { signed_in: false })
    }

    /// `token` is set only after a sign-in in the `embed` context.
    pub(super) fn signed_in(
        api: &Api,
        session: &Session,
        expires_at: Timestamp,
        token: Option<String>,
    ) -> Self {
        Self::SignedIn(Box::new(SignedInSession {
            signed_in: true,
            has_api_key: session.api_key.is_some(),
            key_source: session.key_source,
            model: session
                .model
                .clone()
                .unwrap_or_else(|| default_model(api, session)),
            site_id: session.site_id.clone(),
            user_tag: user_tag(&session.owner),
            expires_at,
            agents: api.agents.infos(),
            token,
        }))
    }
}

fn always(value: bool) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .enum_values(Some([value]))
        .into()
}

fn always_true() -> Schema {
    always(true)
}

fn always_false() -> Schema {
    always(false)
}
