//! Directives in a message, `[[name:value]]`, with which a test chooses the answer.

use super::dialect::Shape;
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Directives {
    pub(crate) pace: Option<Duration>,
    pub(crate) chunks: Option<usize>,
    pub(crate) clock: Option<usize>,
    pub(crate) no_usage: bool,
    pub(crate) shape: Option<Shape>,
    /// Whether a thought comes before the answer.
    pub(crate) thinks: bool,
    pub(crate) fault: Option<Fault>,
}

/// A fault to inject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Status(u16),
    Once(u16),
    Quota,
    /// If there are more messages than this.
    Context(usize),
    Stall,
    StallMid,
    Cut,
    ErrorMid,
    Filter,
    Length,
    Empty,
    Html,
    Loop,
    BadArguments,
    UnknownTool,
}

impl Directives {
    /// Separates the directives from the user's text.
    pub(crate) fn split(message: &str) -> (Self, String) {
        let (mut directives, mut said, mut rest) = (Self::default(), String::new(), message);
        while let Some((before, after)) = rest.split_once("[[") {
            let Some((directive, after)) = after.split_once("]]") else {
                break;
            };
            said.push_str(before);
            directives.take(directive.trim());
            rest = after;
        }
        said.push_str(rest);
        (directives, said.trim().to_owned())
    }

    fn take(&mut self, directive: &str) {
        let (name, value) = directive.split_once(':').unwrap_or((directive, ""));
        match name {
            "pace" => self.pace = value.parse().ok().map(Duration::from_millis),
            "chunks" => self.chunks = value.parse().ok(),
            "clock" => self.clock = value.parse().ok(),
            "usage" => self.no_usage = value == "none",
            "shape" => self.shape = Some(Shape::named(value)),
            "thought" => self.thinks = true,
            "fault" => self.fault = Fault::named(value),
            _ => {}
        }
    }
}

impl Fault {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "quota" => Self::Quota,
            "context" => Self::Context(0),
            "stall" => Self::Stall,
            "stall-mid" => Self::StallMid,
            "cut" => Self::Cut,
            "error-mid" => Self::ErrorMid,
            "filter" => Self::Filter,
            "length" => Self::Length,
            "empty" => Self::Empty,
            "html" => Self::Html,
            "loop" => Self::Loop,
            "bad-args" => Self::BadArguments,
            "unknown-tool" => Self::UnknownTool,
            _ => {
                if let Some(most) = name.strip_prefix("context:") {
                    return most.parse().ok().map(Self::Context);
                }
                match name.strip_suffix("-once") {
                    Some(status) => Self::Once(error_status(status)?),
                    None => Self::Status(error_status(name)?),
                }
            }
        })
    }
}

fn error_status(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|status| (400..600).contains(status))
}
