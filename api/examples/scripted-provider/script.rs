//! The script: chooses the reply to a request.

use super::{
    conversation::{ChatRequest, Step},
    directives::{Directives, Fault},
    notes::{Wish, best_title, note, wish},
    shop::{self, TO_CLERK},
    words,
};
use serde_json::{Value, json};

/// An answer: text, then calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) tool: String,
    /// As text, since it may not be JSON.
    pub(crate) arguments: String,
}

impl Reply {
    pub(crate) fn say(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            calls: Vec::new(),
        }
    }

    pub(crate) fn call(tool: &str, arguments: &Value) -> Self {
        Self::default().and_call(tool, &arguments.to_string())
    }

    fn and_call(mut self, tool: &str, arguments: &str) -> Self {
        self.calls.push(Call {
            tool: tool.to_owned(),
            arguments: arguments.to_owned(),
        });
        self
    }
}

const TO_ARCHIVIST: &str = "handoff_to_archivist";
const TO_CONCIERGE: &str = "handoff_to_concierge";

/// The reply to `request`, whose last message is `said` without its directives, on a page with the
/// context `page`.
pub(crate) fn reply(
    request: &ChatRequest,
    directives: &Directives,
    said: &str,
    page: &str,
) -> Reply {
    let steps = request.steps();
    let handoff = [TO_ARCHIVIST, TO_CONCIERGE]
        .into_iter()
        .find(|tool| request.offers(tool));
    match directives.fault {
        Some(Fault::Loop) => {
            if let Some(handoff) = handoff {
                return Reply::call(handoff, &json!({}));
            }
        }
        Some(Fault::UnknownTool) => {
            return match steps.last() {
                None => Reply::call("shred_everything", &json!({"now": true})),
                Some(_) => Reply::say(words::NO_SUCH_TOOL),
            };
        }
        Some(Fault::BadArguments) => {
            return if request.offers("save_note") {
                keep(&steps, said, true)
            } else {
                hand_over(&steps, handoff, said)
            };
        }
        _ => {}
    }
    if let Some(count) = directives.chunks {
        return Reply::say("word ".repeat(count));
    }
    let errand = shop::errand(said).filter(|_| wish(said) == Wish::Other);
    if let Some(errand) = errand {
        if request.offers(TO_CLERK) {
            return hand_over(&steps, Some(TO_CLERK), said);
        }
        if is_clerk(request) {
            return shop::serve(request, &steps, errand, said, page);
        }
    }
    match wish(said) {
        Wish::Other => match handoff {
            Some(TO_CONCIERGE) if steps.is_empty() => Reply::call(TO_CONCIERGE, &json!({})),
            _ => Reply::say(words::general(said)),
        },
        Wish::Save if request.offers("save_note") => keep(&steps, said, false),
        Wish::List if request.offers("list_titles") => list(&steps),
        Wish::Recall if request.offers("get_note") => recall(request, &steps, said),
        _ => hand_over(&steps, handoff, said),
    }
}

/// Whether the agent has tools of the shop or the page.
fn is_clerk(request: &ChatRequest) -> bool {
    let tools = request.tools();
    tools
        .iter()
        .any(|tool| tool.starts_with("shop__") || tool.starts_with("page__"))
}

/// The Concierge's reply to a request about notes. Says so when the handoff failed or came back.
fn hand_over(steps: &[Step], handoff: Option<&str>, said: &str) -> Reply {
    match (handoff, steps.last()) {
        (Some(TO_CLERK), None) => Reply::say(words::HANDING_OVER_TO_CLERK).and_call(TO_CLERK, "{}"),
        (Some(tool), None) => Reply::say(words::HANDING_OVER).and_call(tool, "{}"),
        (_, Some(step)) if step.failed() => Reply::say(words::failed(&step.tool)),
        _ => Reply::say(words::general(said)),
    }
}

fn keep(steps: &[Step], said: &str, begin_badly: bool) -> Reply {
    let (title, content) = note(said);
    let save = || Reply::call("save_note", &json!({"title": title, "content": content}));
    let tries = steps.iter().filter(|step| step.tool == "save_note").count();
    match steps.iter().rfind(|step| step.tool == "save_note") {
        None if begin_badly => Reply::default().and_call("save_note", "{\"title\": \"Broken"),
        None => save(),
        Some(step) if !step.failed() => Reply::say(words::saved(
            step.result["title"].as_str().unwrap_or(&title),
        )),
        Some(_) if begin_badly && tries == 1 => save(),
        Some(_) => Reply::say(words::failed("save_note")),
    }
}

fn list(steps: &[Step]) -> Reply {
    match steps.iter().rfind(|step| step.tool == "list_titles") {
        None => Reply::call("list_titles", &json!({})),
        Some(step) if step.failed() => Reply::say(words::failed("list_titles")),
        Some(step) => Reply::say(words::listed(&titles(step))),
    }
}

fn recall(request: &ChatRequest, steps: &[Step], said: &str) -> Reply {
    if let Some(step) = steps.iter().rfind(|step| step.tool == "get_note") {
        let text = |name: &str| step.result[name].as_str().unwrap_or_default();
        return Reply::say(if step.failed() {
            words::failed("get_note")
        } else {
            words::read(text("title"), text("content"))
        });
    }
    let Some(step) = steps
        .iter()
        .rfind(|step| step.tool == "list_titles" && !step.failed())
    else {
        return list(steps);
    };
    let titles = titles(step);
    let last = request.last_saved().filter(|title| titles.contains(title));
    match best_title(said, &titles)
        .cloned()
        .or(last)
        .or_else(|| titles.first().cloned())
    {
        Some(title) => Reply::call("get_note", &json!({"title": title})),
        None => Reply::say(words::listed(&titles)),
    }
}

fn titles(step: &Step) -> Vec<String> {
    let titles = step.result["titles"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    titles
        .iter()
        .filter_map(|title| title.as_str().map(str::to_owned))
        .collect()
}
