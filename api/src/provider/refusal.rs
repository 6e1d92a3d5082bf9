//! Reads refusals of unsupported fields, after which the request is sent in another form.

use super::{
    form::{EffortForm, Form, Protocol, ToolsForm},
    model::{ModelMessage, ModelRequest},
    options::Api,
    transport::Refusal,
};

/// The form to try next; `None` if the refusal is about something else, or this form has nothing
/// left to change.
pub(super) fn next_form(
    form: &Form,
    api: Api,
    request: &ModelRequest,
    refusal: &Refusal,
) -> Option<Form> {
    let status = refusal.error.status?;
    let words = refusal.wire.words();
    let asked = Asked {
        form,
        api,
        request,
        words: &words,
    };
    if let Some(form) = asked.other_protocol(status) {
        return Some(form);
    }
    // llama.cpp answers 500 to what it does not support.
    let may_be_about_form = matches!(status, 400 | 404 | 405 | 422 | 500 | 501 | 503);
    if !may_be_about_form || words.trim().is_empty() {
        return None;
    }
    asked
        .with_what_calls_need()
        .or_else(|| asked.without_reasoning_for_tools())
        .or_else(|| asked.without_a_field())
        .or_else(|| asked.without_a_system_role())
        .or_else(|| asked.with_plain_schemas())
        .or_else(|| asked.without_tools())
}

/// Advice for the operator if a setting prevents the protocol that a request needs.
pub(super) fn advice(form: &Form, api: Api, refusal: &Refusal) -> Option<&'static str> {
    let words = refusal.wire.words();
    match api {
        Api::Chat if form.protocol == Protocol::Chat && points_to_the_responses_api(&words) => {
            Some(
                "The model needs the Responses API, and OPENAI_API is set to chat. Set it to auto, or choose another model.",
            )
        }
        Api::Responses if is_missing(refusal.error.status?, &words) => Some(
            "The provider has no Responses API at this address, and OPENAI_API is set to responses. Set it to auto or chat.",
        ),
        _ => None,
    }
}

struct Asked<'a> {
    form: &'a Form,
    api: Api,
    request: &'a ModelRequest,
    words: &'a str,
}

impl Asked<'_> {
    fn other_protocol(&self, status: u16) -> Option<Form> {
        let form = *self.form;
        match form.protocol {
            Protocol::Chat
                if points_to_the_responses_api(self.words) && (400..500).contains(&status) =>
            {
                if self.api == Api::Auto && !form.responses_missing {
                    return Some(Form {
                        protocol: Protocol::Responses,
                        effort: EffortForm::Asked,
                        ..form
                    });
                }
                // Responses is unavailable: without reasoning the model may accept its tools.
                (form.effort == EffortForm::Asked && self.offers_tools()).then_some(Form {
                    effort: EffortForm::Off,
                    ..form
                })
            }
            Protocol::Responses if self.api == Api::Auto && is_missing(status, self.words) => {
                Some(Form {
                    protocol: Protocol::Chat,
                    responses_missing: true,
                    ..form
                })
            }
            Protocol::Chat | Protocol::Responses => None,
        }
    }

    /// Thoughts and signatures of calls are kept for one run only, and some models demand them of
    /// every call.
    fn with_what_calls_need(&self) -> Option<Form> {
        let form = *self.form;
        let is_missing = self.says(&["missing", "must be passed", "must be provided", "required"]);
        if form.protocol != Protocol::Chat || !is_missing {
            return None;
        }
        if !form.needs_thoughts && self.says(&["reasoning_content", "reasoning content"]) {
            return Some(Form {
                needs_thoughts: true,
                ..form
            });
        }
        let is_about_signatures = self.says(&["thought_signature", "thought signature"]);
        (!form.needs_signatures && is_about_signatures).then_some(Form {
            needs_signatures: true,
            ..form
        })
    }

    /// Some models accept tools together with reasoning on Responses only.
    fn without_reasoning_for_tools(&self) -> Option<Form> {
        let is_about_both = self.says(&["tool", "function"])
            && self.says(&["reasoning", "thinking"])
            && !self.says(&["reasoning_content", "schema"]);
        let can_change = self.form.protocol == Protocol::Chat
            && self.form.effort == EffortForm::Asked
            && self.request.effort != Some(crate::domain::Effort::None)
            && self.offers_tools();
        (is_about_both && can_change).then_some(Form {
            effort: EffortForm::Off,
            ..*self.form
        })
    }

    fn without_a_field(&self) -> Option<Form> {
        let form = *self.form;
        if !self.refuses() {
            return None;
        }
        match form.protocol {
            Protocol::Chat => {
                let sends_effort = form.effort == EffortForm::Off
                    || form.effort == EffortForm::Asked && self.request.effort.is_some();
                if sends_effort && self.says(&["effort", "think"]) {
                    return Some(Form {
                        effort: EffortForm::LeftOut,
                        ..form
                    });
                }
                if form.stream_options && self.says(&["stream_options", "include_usage"]) {
                    return Some(Form {
                        stream_options: false,
                        ..form
                    });
                }
            }
            Protocol::Responses => {
                if form.reasoning && form.summary && self.says(&["summary", "summaries"]) {
                    return Some(Form {
                        summary: false,
                        ..form
                    });
                }
                if form.carry && self.sends_carry() && self.is_about_carried_items() {
                    return Some(Form {
                        carry: false,
                        ..form
                    });
                }
                if form.include && (self.says(&["encrypted"]) || self.names("include")) {
                    return Some(Form {
                        include: false,
                        ..form
                    });
                }
                let sends_effort =
                    self.request.effort.is_some() && form.effort == EffortForm::Asked;
                if form.reasoning && sends_effort && self.says(&["effort"]) {
                    return Some(Form {
                        effort: EffortForm::LeftOut,
                        ..form
                    });
                }
                if form.reasoning && self.says(&["reasoning", "thinking"]) {
                    return Some(Form {
                        reasoning: false,
                        ..form
                    });
                }
            }
        }
        let attached = [
            "reasoning_content",
            "reasoning_details",
            "extra_content",
            "thought_signature",
        ];
        (form.carry && self.sends_carry() && self.says(&attached)).then_some(Form {
            carry: false,
            ..form
        })
    }

    /// Whether the provider cannot read its own thoughts again, as behind a balancer.
    fn is_about_carried_items(&self) -> bool {
        self.says(&["encrypted"]) && self.says(&["verif", "decrypt", "invalid_encrypted"])
            || speaks_of_an_item(self.words)
    }

    fn without_a_system_role(&self) -> Option<Form> {
        let is_about_it = self.says(&[
            "system role",
            "system message",
            "system instruction",
            "system prompt",
            "developer instruction",
        ]) || self.says(&[
            "'system'",
            "\"system\"",
            "`system`",
            "role: system",
            "role system",
        ]) || self.names("instructions") && self.refuses()
            || self.says(&[
                "only user and assistant roles",
                "only user, assistant",
                "roles must alternate user/assistant",
                "should be 'user' or 'assistant'",
            ]);
        let can_change = self.form.system && !self.request.system.is_empty();
        (is_about_it && can_change).then_some(Form {
            system: false,
            ..*self.form
        })
    }

    fn with_plain_schemas(&self) -> Option<Form> {
        let is_about_them = self.says(&[
            "schema",
            "additionalproperties",
            "additional_properties",
            "function_declarations",
            "function.parameters",
            "function parameters",
            "failed to parse grammar",
            "json_schema",
        ]) || self.says(&["tool", "function", "parameter"])
            && self.says(&[
                "'format'",
                "\"format\"",
                "`format`",
                "'default'",
                "\"default\"",
                "`default`",
                "unknown name",
            ]);
        (is_about_them && self.form.tools == ToolsForm::Whole && self.offers_tools()).then_some(
            Form {
                tools: ToolsForm::Plain,
                ..*self.form
            },
        )
    }

    fn without_tools(&self) -> Option<Form> {
        let is_about_them = self.says(&[
            "tool",
            "function call",
            "function-call",
            "function_call",
            "functions",
        ]) && (self.refuses()
            || self.says(&[
                "requires --",
                "--jinja",
                "enable-auto-tool-choice",
                "tool-call-parser",
                "no endpoints found",
                "only support",
            ]));
        // About the calls and results of the conversation.
        let is_about_history = self.says(&[
            "must be followed",
            "must be a response",
            "preceding",
            "preceeding",
            "tool_call_id",
            "tool call id",
            "thought_signature",
            "reasoning_content",
        ]);
        (is_about_them && !is_about_history && self.offers_tools()).then_some(Form {
            tools: ToolsForm::LeftOut,
            ..*self.form
        })
    }

    fn refuses(&self) -> bool {
        self.says(&[
            "not support",
            "n't support",
            "unsupported",
            "no support",
            "unrecognized",
            "unrecognised",
            "unknown",
            "unexpected",
            "not permitted",
            "not allowed",
            "not accept",
            "not available",
            "not enabled",
            "extra_forbidden",
            "extra input",
            "extra field",
            "extra fields",
            "forbidden",
            "additional properties",
            "must be verified",
            "invalid",
            "cannot",
            "can't",
            "not a valid",
            "no such",
            "not recognized",
            "not implemented",
            "not yet implemented",
            "not one of",
            "must be one of",
            "should be",
            "not been enabled",
            "does not have",
            "disabled",
            "removed",
            "deprecated",
            "not exist",
            "not found",
        ])
    }

    fn offers_tools(&self) -> bool {
        !self.request.tools.is_empty() && self.form.tools != ToolsForm::LeftOut
    }

    fn sends_carry(&self) -> bool {
        self.request.messages.iter().any(|message| match message {
            ModelMessage::Assistant {
                tool_calls, carry, ..
            } => carry.get().is_some() || tool_calls.iter().any(|call| call.carry.get().is_some()),
            _ => false,
        })
    }

    fn says(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.words.contains(part))
    }

    /// Whether the field is named, not just a word of a sentence that is spelled the same.
    fn names(&self, field: &str) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.words.match_indices(field).any(|(at, _)| {
            let before = self.words[..at].chars().next_back();
            let after = self.words[at + field.len()..].chars().next();
            let is_whole = !before.is_some_and(is_part) && !after.is_some_and(is_part);
            let is_quoted = before.is_some_and(|c| "'\"`.".contains(c))
                || after.is_some_and(|c| "'\"`[.:".contains(c));
            let is_after_colon = self.words[..at].trim_end().ends_with(':');
            is_whole && (is_quoted || is_after_colon)
        })
    }
}

fn points_to_the_responses_api(words: &str) -> bool {
    ["/responses", "responses api", "responses endpoint"]
        .iter()
        .any(|name| words.contains(name))
}

/// Whether a response of `/responses` means that the route is missing, not the model.
fn is_missing(status: u16, words: &str) -> bool {
    matches!(status, 404 | 405 | 501) && !words.contains("model") && !speaks_of_an_item(words)
}

/// Whether an item that we returned was not found: the provider kept nothing.
fn speaks_of_an_item(words: &str) -> bool {
    ["item with id", "items are not persisted"]
        .iter()
        .any(|part| words.contains(part))
}
