//! How the body of an answer ended.

use super::{assemble::Assembly, error::ProviderError, error_kind::ProviderErrorKind};

#[derive(Debug)]
pub(super) enum EndOfBody {
    Whole,
    Broken(ProviderError),
}

/// A broken body means an answer that was cut off.
pub(super) fn broken(error: ProviderError, assembly: &Assembly) -> ProviderError {
    if assembly.has_begun() && error.kind == ProviderErrorKind::Unavailable {
        return ProviderError::invalid(format!("the answer broke off: {}", error.detail));
    }
    error
}
