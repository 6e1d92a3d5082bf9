//! Logging: filter and format.

mod json;

use crate::config::LogFormat;
use json::JsonLines;
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, format::JsonFields},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Limits for dependencies, at any level. At finer levels some of them log headers, bodies or model
/// output; async-openai does so at every level.
const DEPENDENCIES: &str = "rmcp=warn,hyper=info,hyper_util=info,reqwest=info,rustls=info,h2=info,tower=info,redis=info,sqlx=warn,async_openai=off";

/// Starts logging to standard error. A level applies to our own lines; `tracing-subscriber`
/// directives are used as they are, except for [`DEPENDENCIES`].
pub fn start(level: &str, format: LogFormat) {
    let lines = fmt::layer().with_writer(std::io::stderr);
    let all = tracing_subscriber::registry().with(filter(level));
    match format {
        LogFormat::Json => all
            .with(lines.fmt_fields(JsonFields::new()).event_format(JsonLines))
            .init(),
        LogFormat::Text => all.with(lines).init(),
    }
}

/// Checks that `level` is a level or directives.
pub fn check(level: &str) -> Result<(), String> {
    directives(level).parse::<Targets>().map(drop).map_err(|_| {
        "LOG_LEVEL must be trace, debug, info, warn, error or off, or directives such as info,smooth_operator=debug".to_owned()
    })
}

fn filter(level: &str) -> Targets {
    // `check` has refused an invalid one before.
    let all = format!("{},{DEPENDENCIES}", directives(level));
    all.parse().unwrap_or_default()
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
