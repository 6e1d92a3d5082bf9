//! Encrypts stored records, so that read access to the store reveals no keys.
//!
//! XChaCha20-Poly1305 under a key derived from `SESSION_SECRET` by HKDF-SHA256 (RFC 5869). The
//! record's name is the associated data, so one record cannot be passed off as another.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The first byte of every record, so that the format can change.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const PURPOSE: &[u8] = b"smooth-operator sealed records v1";

/// The record was sealed with an unknown secret, or tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be opened")]
pub(super) struct Unreadable;

/// The keys: the first one seals, all of them open.
#[derive(Clone)]
pub(super) struct Sealer(Arc<[XChaCha20Poly1305]>);

impl Sealer {
    pub(super) fn new(secrets: &[SecretString]) -> Self {
        Self(secrets.iter().map(cipher).collect())
    }

    pub(super) fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let cipher = self.0.first().ok_or(Unreadable)?;
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: plain,
            aad: name.as_bytes(),
        };
        let sealed = cipher.encrypt(&nonce, payload).map_err(|_| Unreadable)?;
        let mut record = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        record.push(VERSION);
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    pub(super) fn open(&self, name: &str, record: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let (&version, rest) = record.split_first().ok_or(Unreadable)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(Unreadable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| Unreadable)?;
        if version != VERSION {
            return Err(Unreadable);
        }
        self.0
            .iter()
            .find_map(|cipher| {
                let payload = Payload {
                    msg: sealed,
                    aad: name.as_bytes(),
                };
                cipher.decrypt(&nonce, payload).ok()
            })
            .map(Zeroizing::new)
            .ok_or(Unreadable)
    }
}

fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    let mut key = Zeroizing::new([0_u8; 32]);
    // Fails only for more than 255 hashes of output.
    let expanded = Hkdf::<Sha256>::new(None, secret.expose_secret().as_bytes())
        .expand(PURPOSE, key.as_mut_slice());
    debug_assert!(expanded.is_ok());
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn sealer(secrets: &[&str]) -> Sealer {
        Sealer::new(
            &secrets
                .iter()
                .map(|s| SecretString::from(*s))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn seals_and_opens_without_revealing_anything() {
        let sealer = sealer(&["a"]);
        let record = sealer.seal("n", b"sk-secret").unwrap();
        assert_eq!(sealer.open("n", &record).unwrap().as_slice(), b"sk-secret");
        assert!(!record.windows(9).any(|window| window == b"sk-secret"));
        assert_ne!(
            record,
            sealer.seal("n", b"sk-secret").unwrap(),
            "a new nonce every time"
        );
    }

    #[test]
    fn refuses_another_name_a_changed_byte_and_a_cut() {
        let sealer = sealer(&["a"]);
        let record = sealer.seal("n", b"text").unwrap();
        assert_eq!(sealer.open("m", &record), Err(Unreadable));
        for at in 0..record.len() {
            let mut changed = record.clone();
            changed[at] ^= 1;
            assert_eq!(sealer.open("n", &changed), Err(Unreadable), "byte {at}");
            assert_eq!(
                sealer.open("n", &record[..at]),
                Err(Unreadable),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn seals_with_the_first_secret_and_opens_with_all() {
        let old = sealer(&["old"]).seal("n", b"text").unwrap();
        let both = sealer(&["new", "old"]);
        assert!(both.open("n", &old).is_ok());
        let new = both.seal("n", b"text").unwrap();
        assert!(sealer(&["new"]).open("n", &new).is_ok());
        assert!(sealer(&["old"]).open("n", &new).is_err());
    }
}
