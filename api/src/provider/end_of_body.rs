//! How the body of an answer ended.

use super::{assemble::Assembly, error::ProviderError, error_kind::ProviderErrorKind};

/// How a body ended.
#[derive(Debug)]
pub(super) enum EndOfBody {
    Whole,
    Broken(ProviderError),
}

/// Interprets a broken body: a lost connection means an answer that broke off.
pub(super) fn broken(error: ProviderError, assembly: &Assembly) -> ProviderError {
    if assembly.has_begun() && error.kind == ProviderErrorKind::Unavailable {
        return ProviderError::invalid(format!("the answer broke off: {}", error.detail));
    }
    error
}
