//! Logging: filter and format.

mod json;

use crate::config::LogFormat;
use json::JsonLines;
use tracing_subscriber::{EnvFilter, fmt::format::JsonFields};

/// Limits for dependencies, at any level. At finer levels some of them log headers, bodies or model
/// output; async-openai does so at every level.
const DEPENDENCIES: &str = "rmcp=warn,hyper=info,hyper_util=info,reqwest=info,rustls=info,h2=info,tower=info,redis=info,sqlx=warn,async_openai=off";

/// Starts logging to standard error. A level applies to our own lines; `tracing-subscriber`
/// directives are used as they are, except for [`DEPENDENCIES`].
pub fn start(level: &str, format: LogFormat) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(level))
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Json => lines
            .fmt_fields(JsonFields::new())
            .event_format(JsonLines)
            .init(),
        LogFormat::Text => lines.init(),
    }
}

/// Checks that `level` is a level or directives.
pub fn check(level: &str) -> Result<(), String> {
    EnvFilter::builder()
        .parse(directives(level))
        .map(drop)
        .map_err(|_| {
            "LOG_LEVEL must be trace, debug, info, warn, error or off, or directives such as info,smooth_operator=debug".to_owned()
        })
}

fn filter(level: &str) -> EnvFilter {
    let all = format!("{},{DEPENDENCIES}", directives(level));
    EnvFilter::try_new(all).unwrap_or_else(|_| EnvFilter::new(DEPENDENCIES))
}

fn directives(level: &str) -> String {
    if level.contains(['=', ',']) {
        level.to_owned()
    } else {
        format!("warn,smooth_operator={level}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_invalid_log_levels() {
        for good in ["info", "trace", "off", "info,smooth_operator=debug"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["verbose", "info,smooth_operator=loud", "a=b=c"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
