//! The form of a request: the protocol, and which fields are left out for a model that does not
//! support them.

use super::options::{Api, ProviderOptions};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) protocol: Protocol,
    pub(super) effort: EffortForm,
    /// Responses: the `reasoning` object.
    pub(super) reasoning: bool,
    /// Responses: `reasoning.summary`.
    pub(super) summary: bool,
    /// Responses: `include`, for the encrypted content of thoughts.
    pub(super) include: bool,
    /// Chat: `stream_options`, for token counts.
    pub(super) stream_options: bool,
    /// Whether instructions are sent separately, or before the first user message.
    pub(super) system: bool,
    pub(super) tools: ToolsForm,
    /// Whether attachments of earlier answers are returned.
    pub(super) carry: bool,
    /// Chat: whether every call needs its thought. Those of earlier runs are gone.
    pub(super) needs_thoughts: bool,
    /// Chat: whether every first call needs Gemini's signature.
    pub(super) needs_signatures: bool,
    /// Whether there is no `/responses` at this address.
    pub(super) responses_missing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Chat,
    Responses,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EffortForm {
    /// As requested, if at all.
    Asked,
    /// `none`: some models support tools on Chat Completions only without reasoning.
    Off,
    LeftOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToolsForm {
    Whole,
    /// With schema keywords that every server knows.
    Plain,
    LeftOut,
}

impl Protocol {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/chat/completions",
            Self::Responses => "/responses",
        }
    }
}

impl Form {
    /// The form for an unknown model.
    pub(super) fn first(options: &ProviderOptions) -> Self {
        let protocol = match options.api {
            Api::Responses => Protocol::Responses,
            Api::Auto if speaks_responses(&options.base_url) => Protocol::Responses,
            Api::Auto | Api::Chat => Protocol::Chat,
        };
        Self {
            protocol,
            effort: EffortForm::Asked,
            reasoning: true,
            summary: true,
            include: true,
            stream_options: true,
            system: true,
            tools: ToolsForm::Whole,
            carry: true,
            needs_thoughts: false,
            needs_signatures: false,
            responses_missing: false,
        }
    }
}

/// Whether the provider at this URL is known to support Responses.
fn speaks_responses(base_url: &str) -> bool {
    let url = reqwest::Url::parse(base_url).ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str);
    host.is_some_and(|host| host == "api.openai.com" || host.ends_with(".openai.azure.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_with_the_configured_protocol_or_that_of_the_host() {
        let rows = [
            (Api::Auto, "https://api.openai.com/v1", Protocol::Responses),
            (
                Api::Auto,
                "https://me.openai.azure.com/openai/v1",
                Protocol::Responses,
            ),
            (
                Api::Auto,
                "https://openai.azure.com.evil.example/v1",
                Protocol::Chat,
            ),
            (Api::Auto, "https://eu.api.openai.com/v1", Protocol::Chat),
            (Api::Auto, "http://localhost:11434/v1", Protocol::Chat),
            (Api::Chat, "https://api.openai.com/v1", Protocol::Chat),
            (
                Api::Responses,
                "http://localhost:11434/v1",
                Protocol::Responses,
            ),
        ];
        for (api, url, expected) in rows {
            let mut options = ProviderOptions::new(url);
            options.api = api;
            assert_eq!(Form::first(&options).protocol, expected, "{api:?} {url}");
        }
    }
}
