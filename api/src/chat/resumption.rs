//! Checks answers to interrupts and decides how each waiting call continues.

use super::{
    answer_schema,
    pause::{PausedAnswer, Waiting},
    request::SendError,
};
use crate::{
    domain::{
        AnswerStatus, Interrupt, InterruptAnswer, InterruptId, InterruptOutcome, InterruptReason,
        JsonObject, Pause, ToolCall, ToolCallId, ToolOutcome,
    },
    threads::BeginError,
    tools::{PendingQuestion, Reply},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// Largest result of a page tool, in bytes of JSON.
const PAGE_RESULT_MAX_BYTES: usize = 64 * 1024;
const NOT_ALLOWED: &str = "The visitor did not allow this.";
const UNREADABLE: &str = "This call can no longer be continued. Call the tool again if needed.";

pub(super) fn not_allowed() -> ToolOutcome {
    ToolOutcome::error(NOT_ALLOWED)
}

#[derive(Debug)]
pub(super) enum Step {
    /// The result is known.
    Known(ToolOutcome),
    /// Call the tool: the visitor permitted it.
    Call {
        server: String,
        tool: String,
        fingerprint: String,
    },
    /// Call it again with the visitor's answer to its question.
    Answer {
        server: String,
        tool: String,
        question: PendingQuestion,
        answers: Vec<Reply>,
    },
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<(ToolCallId, Step)>,
    pub(super) handoffs: Vec<ToolCall>,
    /// Permissions to remember in the thread.
    pub(super) remember: Vec<String>,
    /// How each interrupt ended, for the metrics.
    pub(super) ended: Vec<(InterruptReason, InterruptOutcome)>,
}

impl Plan {
    /// The results that can be stored before the run begins.
    pub(super) fn outcomes(&self) -> Vec<(ToolCallId, ToolOutcome)> {
        let known = self.steps.iter().filter_map(|(id, step)| match step {
            Step::Known(outcome) => Some((id.clone(), outcome.clone())),
            Step::Call { .. } | Step::Answer { .. } => None,
        });
        known.collect()
    }
}

pub(super) fn remembered(server: &str, tool: &str, fingerprint: &str) -> String {
    format!("{server}/{tool}#{fingerprint}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    approved: bool,
    remember: Option<Remember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Remember {
    Thread,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum PageResult {
    Result(Value),
    Error(String),
}

/// Checks that `answers` answer each interrupt of `pause` exactly once.
pub(super) fn plan(
    pause: &Pause,
    paused: Option<PausedAnswer>,
    answers: &[InterruptAnswer],
    now: Timestamp,
) -> Result<Plan, SendError> {
    let open: Vec<&Interrupt> = pause
        .interrupts
        .iter()
        .filter(|interrupt| interrupt.is_open(now))
        .collect();
    let is_open = |id: &InterruptId| open.iter().any(|interrupt| interrupt.id == *id);
    if answers.is_empty() || !answers.iter().all(|answer| is_open(&answer.interrupt_id)) {
        return Err(BeginError::NotPaused.into());
    }
    for (at, answer) in answers.iter().enumerate() {
        let earlier = &answers[..at];
        if earlier
            .iter()
            .any(|one| one.interrupt_id == answer.interrupt_id)
        {
            return Err(invalid(&answer.interrupt_id, "answer it once"));
        }
    }
    let missing: Vec<&str> = open
        .iter()
        .filter(|interrupt| find(answers, interrupt).is_none())
        .map(|interrupt| interrupt.id.as_str())
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(SendError::InvalidAnswer(format!(
            "resume: answer all open interrupts; left out: {missing}."
        )));
    }
    let answer_to =
        |interrupt: &Interrupt| find(answers, interrupt).filter(|_| is_open(&interrupt.id));
    let paused = paused.unwrap_or_default();
    let mut plan = Plan {
        steps: Vec::new(),
        handoffs: paused.handoffs,
        remember: Vec::new(),
        ended: pause
            .interrupts
            .iter()
            .map(|interrupt| (interrupt.reason, ending(interrupt, answer_to(interrupt))))
            .collect(),
    };
    let mut waiting = paused.waiting;
    for interrupt in &pause.interrupts {
        let id = &interrupt.tool_call_id;
        if plan.steps.iter().any(|(planned, _)| planned == id) {
            continue;
        }
        let at = waiting.iter().position(|(call, _)| call == id);
        let step = match at.map(|at| waiting.swap_remove(at).1) {
            None => Step::Known(ToolOutcome::error(UNREADABLE)),
            Some(Waiting::Page) => Step::Known(page_outcome(answer_to(interrupt))?),
            Some(Waiting::Approval {
                server,
                tool,
                fingerprint,
            }) => match approval(answer_to(interrupt))? {
                None => Step::Known(not_allowed()),
                Some(remember) => {
                    if remember {
                        plan.remember.push(remembered(&server, &tool, &fingerprint));
                    }
                    Step::Call {
                        server,
                        tool,
                        fingerprint,
                    }
                }
            },
            Some(Waiting::Question {
                server,
                tool,
                question,
            }) => {
                let asks = pause
                    .interrupts
                    .iter()
                    .filter(|one| one.tool_call_id == *id);
                let answers: Option<Vec<Reply>> = asks
                    .map(|one| {
                        let answer = answer_to(one);
                        let reply = answer.map(|answer| question_answer(one, answer));
                        reply.transpose()
                    })
                    .collect::<Result<_, _>>()?;
                match answers {
                    Some(answers) => Step::Answer {
                        server,
                        tool,
                        question,
                        answers,
                    },
                    // It has expired.
                    None => Step::Known(not_allowed()),
                }
            }
        };
        plan.steps.push((id.clone(), step));
    }
    Ok(plan)
}

/// None when it has expired.
fn ending(interrupt: &Interrupt, answer: Option<&InterruptAnswer>) -> InterruptOutcome {
    let Some(answer) = answer else {
        return InterruptOutcome::Expired;
    };
    let payload = answer.payload.as_ref();
    let is_refused = interrupt.reason == InterruptReason::Approval
        && payload.is_some_and(|payload| payload["approved"] == false);
    if answer.status == AnswerStatus::Cancelled || is_refused {
        InterruptOutcome::Refused
    } else {
        InterruptOutcome::Resolved
    }
}

fn find<'a>(answers: &'a [InterruptAnswer], interrupt: &Interrupt) -> Option<&'a InterruptAnswer> {
    answers
        .iter()
        .find(|answer| answer.interrupt_id == interrupt.id)
}

fn invalid(id: &InterruptId, what: &str) -> SendError {
    SendError::InvalidAnswer(format!("resume, {id}: {what}."))
}

/// The payload of an answer; `None` if it was cancelled or has expired.
fn payload(answer: Option<&InterruptAnswer>) -> Result<Option<&Value>, SendError> {
    let Some(answer) = answer else {
        return Ok(None);
    };
    match (answer.status, &answer.payload) {
        (AnswerStatus::Resolved, Some(payload)) => Ok(Some(payload)),
        (AnswerStatus::Resolved, None) => Err(invalid(&answer.interrupt_id, "give a payload")),
        (AnswerStatus::Cancelled, None | Some(Value::Null)) => Ok(None),
        (AnswerStatus::Cancelled, Some(_)) => Err(invalid(
            &answer.interrupt_id,
            "a cancelled one has no payload",
        )),
    }
}

/// Whether to remember the permission; `None` if it was refused.
fn approval(answer: Option<&InterruptAnswer>) -> Result<Option<bool>, SendError> {
    let (Some(answer), Some(payload)) = (answer, payload(answer)?) else {
        return Ok(None);
    };
    let shape = "give {\"approved\": true or false, \"remember\"?: \"thread\"}";
    let approval =
        Approval::deserialize(payload).map_err(|_| invalid(&answer.interrupt_id, shape))?;
    match (approval.approved, approval.remember) {
        (true, remember) => Ok(Some(remember.is_some())),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(invalid(
            &answer.interrupt_id,
            "only an approval can be remembered",
        )),
    }
}

fn page_outcome(answer: Option<&InterruptAnswer>) -> Result<ToolOutcome, SendError> {
    let (Some(answer), Some(payload)) = (answer, payload(answer)?) else {
        return Ok(not_allowed());
    };
    let shape = "give {\"result\": …} or {\"error\": \"…\"}";
    let result =
        PageResult::deserialize(payload).map_err(|_| invalid(&answer.interrupt_id, shape))?;
    let bytes = match &result {
        PageResult::Result(value) => value.to_string().len(),
        PageResult::Error(sentence) => sentence.len(),
    };
    if bytes > PAGE_RESULT_MAX_BYTES {
        let what = "a result has up to 64 KiB of JSON";
        return Err(invalid(&answer.interrupt_id, what));
    }
    Ok(match result {
        PageResult::Error(sentence) => ToolOutcome::error(sentence),
        PageResult::Result(Value::Object(result)) => ToolOutcome {
            result,
            is_error: false,
        },
        PageResult::Result(value) => ToolOutcome {
            result: JsonObject::from_iter([("value".to_owned(), value)]),
            is_error: false,
        },
    })
}

fn question_answer(interrupt: &Interrupt, answer: &InterruptAnswer) -> Result<Reply, SendError> {
    debug_assert_eq!(interrupt.reason, InterruptReason::Question);
    let Some(payload) = payload(Some(answer))? else {
        return Ok(Reply::Cancel);
    };
    if let Some(schema) = &interrupt.schema {
        answer_schema::check(schema, payload).map_err(|what| invalid(&interrupt.id, &what))?;
    } else if !payload.is_object() {
        return Err(invalid(&interrupt.id, "give an object"));
    }
    Ok(Reply::Accept(payload.clone()))
}
