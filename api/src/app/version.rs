//! Which build this is.

use crate::telemetry::Build;

/// The version and the commit that this program was built from.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SMOOTH_OPERATOR_COMMIT"),
};
