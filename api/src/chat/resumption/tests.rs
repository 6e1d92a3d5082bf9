#![allow(clippy::unwrap_used)]
use super::*;
use jiff::ToSpan;
use serde_json::json;

fn interrupt(id: &str, reason: InterruptReason, expires_at: Timestamp) -> Interrupt {
    Interrupt {
        id: id.parse().unwrap(),
        reason,
        tool_call_id: format!("call-{id}").parse().unwrap(),
        tool: "tool".to_owned(),
        arguments: JsonObject::new(),
        message: "May I?".to_owned(),
        schema: None,
        read_only: None,
        url: None,
        expires_at,
    }
}

fn answered(id: &str, payload: Value) -> InterruptAnswer {
    InterruptAnswer {
        interrupt_id: id.parse().unwrap(),
        status: AnswerStatus::Resolved,
        payload: Some(payload),
    }
}

/// A page tool that expires after 10 minutes, and an approval that expires after 7 days.
fn pause(now: Timestamp) -> (Pause, PausedAnswer) {
    let page = interrupt("page", InterruptReason::PageTool, now + 10.minutes());
    let approval = interrupt("approval", InterruptReason::Approval, now + 168.hours());
    let paused = PausedAnswer {
        waiting: vec![
            (page.tool_call_id.clone(), Waiting::Page),
            (
                approval.tool_call_id.clone(),
                Waiting::Approval {
                    server: "shop".to_owned(),
                    tool: "write".to_owned(),
                    fingerprint: "f".to_owned(),
                },
            ),
        ],
        handoffs: Vec::new(),
    };
    let pause = Pause {
        interrupts: vec![page, approval],
        state: String::new(),
    };
    (pause, paused)
}

#[test]
fn what_has_expired_need_not_be_named_and_is_an_error() {
    let now = Timestamp::now();
    let (pause, paused) = pause(now);
    let allowed = [answered("approval", json!({"approved": true}))];
    let plan = plan(&pause, Some(paused), &allowed, now + 11.minutes()).unwrap();
    let [(_, Step::Known(expired)), (_, Step::Call { tool, .. })] = &plan.steps[..] else {
        panic!("{plan:?}")
    };
    assert_eq!(*expired, not_allowed());
    assert_eq!(tool, "write");
    assert_eq!(
        plan.ended,
        [
            (InterruptReason::PageTool, InterruptOutcome::Expired),
            (InterruptReason::Approval, InterruptOutcome::Resolved),
        ]
    );
}

#[test]
fn an_expired_question_is_an_error_and_asks_its_server_nothing() {
    let now = Timestamp::now();
    let (mut pause, mut paused) = pause(now);
    let question = interrupt("question", InterruptReason::Question, now + 10.minutes());
    let pending: PendingQuestion =
        serde_json::from_value(json!({"asks": [], "state": null})).unwrap();
    let waiting = Waiting::Question {
        server: "shop".to_owned(),
        tool: "ask".to_owned(),
        question: pending,
    };
    paused
        .waiting
        .push((question.tool_call_id.clone(), waiting));
    pause.interrupts.push(question);
    let allowed = [answered("approval", json!({"approved": true}))];
    let plan = plan(&pause, Some(paused), &allowed, now + 11.minutes()).unwrap();
    let (_, step) = plan.steps.last().unwrap();
    assert!(matches!(step, Step::Known(outcome) if *outcome == not_allowed()));
}

#[test]
fn what_has_expired_can_no_longer_be_answered() {
    let now = Timestamp::now();
    let both = [
        answered("approval", json!({"approved": true})),
        answered("page", json!({"result": 1})),
    ];
    for (later, is_taken) in [(9.minutes(), true), (11.minutes(), false)] {
        let (pause, paused) = pause(now);
        let planned = plan(&pause, Some(paused), &both, now + later);
        assert_eq!(planned.is_ok(), is_taken);
        if let Err(refused) = planned {
            assert!(matches!(refused, SendError::Begin(BeginError::NotPaused)));
        }
    }
}

#[test]
fn a_state_that_cannot_be_read_makes_no_call() {
    let now = Timestamp::now();
    let (pause, _) = pause(now);
    let answers = [
        answered("approval", json!({"approved": true})),
        answered("page", json!({"result": 1})),
    ];
    let plan = plan(&pause, None, &answers, now).unwrap();
    let known = plan.outcomes();
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|(_, outcome)| outcome.is_error));
}
