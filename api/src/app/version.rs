//! The version of this build.

use crate::telemetry::Build;

/// The version and commit of this build.
pub const BUILD: Build = Build {
    version: env!("CARGO_PKG_VERSION"),
    commit: env!("SMOOTH_OPERATOR_COMMIT"),
};
