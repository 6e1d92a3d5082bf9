//! The four cookies, each signed for its purpose and context.

use super::error::ApiError;
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const PURPOSE: &[u8] = b"smooth-operator signed cookies v1";

/// Where a page of ours is shown. Each context has its own cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// In its own tab.
    Top,
    /// In a frame of another site, as `X-SO-Context` says, a header that no form, beacon or no-cors
    /// request can send.
    Embed,
}

impl Context {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let embed = headers
            .get("x-so-context")
            .is_some_and(|value| value == "embed");
        if embed { Self::Embed } else { Self::Top }
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Holds the session's token.
    Session,
    /// Holds the owner's id of a returning visitor.
    Visitor,
}

pub(super) struct CookieJar {
    /// The first one signs; all of them verify.
    keys: Vec<Hmac<Sha256>>,
    secure: bool,
}

impl CookieJar {
    pub(super) fn new(secrets: &[SecretString], secure: bool) -> Self {
        Self {
            keys: secrets.iter().filter_map(key).collect(),
            secure,
        }
    }

    fn name(&self, purpose: Purpose, context: Context) -> &'static str {
        match (context, purpose, self.secure) {
            (Context::Top, Purpose::Session, true) => "__Host-so_session",
            (Context::Top, Purpose::Visitor, true) => "__Host-so_visitor",
            (Context::Top, Purpose::Session, false) => "so_session",
            (Context::Top, Purpose::Visitor, false) => "so_visitor",
            // Browsers accept no other cookie in a frame.
            (Context::Embed, Purpose::Session, _) => "__Host-so_embed",
            (Context::Embed, Purpose::Visitor, _) => "__Host-so_embed_visitor",
        }
    }

    /// The cookie's value, if its signature is valid for this purpose and context.
    pub(super) fn read(
        &self,
        headers: &HeaderMap,
        purpose: Purpose,
        context: Context,
    ) -> Option<String> {
        let name = self.name(purpose, context);
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(found, _)| *found == name)
            .find_map(|(_, signed)| self.verify(name, signed))
    }

    pub(super) fn write(
        &self,
        purpose: Purpose,
        context: Context,
        value: &str,
        lifetime: Duration,
    ) -> Result<SetCookie, ApiError> {
        let name = self.name(purpose, context);
        let mac = self.keys.first().ok_or(ApiError::Internal)?.clone();
        let mac = mac
            .chain_update(signed_text(name, value))
            .finalize()
            .into_bytes();
        let mac = BASE64_URL_SAFE_NO_PAD.encode(mac);
        self.set(name, context, &format!("{value}.{mac}"), lifetime)
    }

    pub(super) fn clear(&self, purpose: Purpose, context: Context) -> Result<SetCookie, ApiError> {
        self.set(self.name(purpose, context), context, "", Duration::ZERO)
    }

    fn set(
        &self,
        name: &'static str,
        context: Context,
        value: &str,
        lifetime: Duration,
    ) -> Result<SetCookie, ApiError> {
        let attributes = match (context, self.secure) {
            (Context::Top, true) => "SameSite=Lax; Secure",
            (Context::Top, false) => "SameSite=Lax",
            (Context::Embed, _) => "SameSite=None; Secure; Partitioned",
        };
        let age = lifetime.as_secs();
        let line = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; {attributes}");
        let mut header = HeaderValue::try_from(line).map_err(|_| ApiError::Internal)?;
        header.set_sensitive(true);
        Ok(SetCookie { name, header })
    }

    fn verify(&self, name: &str, signed: &str) -> Option<String> {
        let (value, mac) = signed.rsplit_once('.')?;
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
        let text = signed_text(name, value);
        let believed =
            |key: &Hmac<Sha256>| key.clone().chain_update(&text).verify_slice(&mac).is_ok();
        self.keys.iter().any(believed).then(|| value.to_owned())
    }
}

/// The name is signed too, so that one cookie cannot be passed off as another.
fn signed_text(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn key(secret: &SecretString) -> Option<Hmac<Sha256>> {
    let mut key = zeroize::Zeroizing::new([0_u8; 32]);
    let derivation = Hkdf::<Sha256>::new(None, secret.expose_secret().as_bytes());
    derivation.expand(PURPOSE, key.as_mut_slice()).ok()?;
    Hmac::new_from_slice(key.as_slice()).ok()
}

pub(super) struct SetCookie {
    name: &'static str,
    header: HeaderValue,
}

/// The cookies that the response will set. The last one of each name counts, so that signing out
/// overrides an earlier renewal.
#[derive(Clone, Default)]
pub(super) struct SetCookies(Arc<Mutex<Vec<SetCookie>>>);

impl SetCookies {
    pub(super) fn push(&self, cookie: SetCookie) {
        let mut cookies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cookies.retain(|other| other.name != cookie.name);
        cookies.push(cookie);
    }
}

impl<S: Sync> FromRequestParts<S> for SetCookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get_or_insert_default::<Self>().clone())
    }
}

/// Adds the cookies to every response, errors included.
pub(super) async fn send(mut request: Request, next: Next) -> Response {
    let cookies = SetCookies::default();
    request.extensions_mut().insert(cookies.clone());
    let mut response = next.run(request).await;
    for cookie in cookies
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .drain(..)
    {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.header);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn jar(secrets: &[&str], secure: bool) -> CookieJar {
        let secrets: Vec<SecretString> = secrets.iter().map(|s| SecretString::from(*s)).collect();
        CookieJar::new(&secrets, secure)
    }

    fn line(jar: &CookieJar, purpose: Purpose, context: Context) -> String {
        let cookie = jar.write(purpose, context, "value", HOUR).unwrap();
        cookie.header.to_str().unwrap().to_owned()
    }

    fn sent(pairs: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(pairs).unwrap())])
    }

    fn pair(line: &str) -> &str {
        line.split(';').next().unwrap()
    }

    #[test]
    fn each_context_has_its_names_and_attributes() {
        for (purpose, context, secure, name, attributes) in [
            (
                Purpose::Session,
                Context::Top,
                true,
                "__Host-so_session",
                "SameSite=Lax; Secure",
            ),
            (
                Purpose::Visitor,
                Context::Top,
                true,
                "__Host-so_visitor",
                "SameSite=Lax; Secure",
            ),
            (
                Purpose::Session,
                Context::Top,
                false,
                "so_session",
                "SameSite=Lax",
            ),
            (
                Purpose::Visitor,
                Context::Top,
                false,
                "so_visitor",
                "SameSite=Lax",
            ),
            (
                Purpose::Session,
                Context::Embed,
                true,
                "__Host-so_embed",
                "SameSite=None; Secure; Partitioned",
            ),
            (
                Purpose::Visitor,
                Context::Embed,
                false,
                "__Host-so_embed_visitor",
                "SameSite=None; Secure; Partitioned",
            ),
        ] {
            let jar = jar(&["a"], secure);
            let line = line(&jar, purpose, context);
            assert!(line.starts_with(&format!("{name}=value.")), "{line}");
            assert!(line.ends_with(&format!("; Path=/; Max-Age=3600; HttpOnly; {attributes}")));
            assert_eq!(
                jar.read(&sent(pair(&line)), purpose, context).unwrap(),
                "value"
            );
            let cleared = jar.clear(purpose, context).unwrap();
            let cleared = cleared.header.to_str().unwrap().to_owned();
            assert!(cleared.starts_with(&format!("{name}=; Path=/; Max-Age=0; HttpOnly")));
        }
    }

    #[test]
    fn accepts_values_signed_for_the_same_name_only() {
        let jar = jar(&["a"], true);
        let line = line(&jar, Purpose::Session, Context::Top);
        let (name, signed) = pair(&line).split_once('=').unwrap();
        let read = |pairs: &str| jar.read(&sent(pairs), Purpose::Session, Context::Top);
        assert_eq!(
            read(&format!("a=b; {name}=forged.AAAA; {name}={signed}")).unwrap(),
            "value"
        );
        assert_eq!(read(&format!("{name}=other{}", &signed[5..])), None);
        assert_eq!(read(&format!("{name}=value")), None);
        assert_eq!(read(&format!("{name}=value.")), None);
        assert_eq!(read(&format!("so_session={signed}")), None);
        let visitor = sent(&format!("__Host-so_visitor={signed}"));
        assert_eq!(jar.read(&visitor, Purpose::Visitor, Context::Top), None);
        assert_eq!(
            jar.read(&sent(pair(&line)), Purpose::Session, Context::Embed),
            None
        );
    }

    #[test]
    fn accepts_old_secrets_that_are_listed() {
        let line = line(&jar(&["old"], true), Purpose::Session, Context::Top);
        let read = |secrets: &[&str]| {
            jar(secrets, true).read(&sent(pair(&line)), Purpose::Session, Context::Top)
        };
        assert!(read(&["new", "old"]).is_some());
        assert!(read(&["new"]).is_none());
    }

    #[test]
    fn the_last_cookie_of_a_name_counts() {
        let jar = jar(&["a"], true);
        let cookies = SetCookies::default();
        cookies.push(
            jar.write(Purpose::Session, Context::Top, "x", HOUR)
                .unwrap(),
        );
        cookies.push(jar.clear(Purpose::Session, Context::Top).unwrap());
        let kept = cookies.0.lock().unwrap();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].header.to_str().unwrap().contains("Max-Age=0"));
    }
}
