//! A model that answers at random speed, calls tools, and sometimes breaks off.

use super::random::Random;
use crate::{
    chat::Models,
    domain::ApiKey,
    provider::{
        AnswerEnd, Carry, FinishReason, ModelEvent, ModelRequest, ModelStream, ModelToolCall,
        UsageDetails,
    },
};
use futures_util::{StreamExt, stream};
use std::{sync::Mutex, time::Duration};

pub(super) struct RandomModel(pub(super) Mutex<Random>);

impl Models for RandomModel {
    fn stream(&self, _: &ApiKey, request: ModelRequest) -> ModelStream {
        let mut random = self.0.lock().unwrap();
        let mut events = Vec::new();
        for n in 0..random.below(6) {
            events.push(match random.below(8) {
                0 => ModelEvent::Reasoning(format!("thought {n} ")),
                _ => ModelEvent::Text(format!("word{n} ")),
            });
        }
        if random.chance(30) && !request.tools.is_empty() {
            let at = random.below(request.tools.len() as u64) as usize;
            events.push(ModelEvent::ToolCall(ModelToolCall {
                id: "call".to_owned(),
                name: request.tools[at].name.clone(),
                arguments: r#"{"title":"t","content":"c"}"#.to_owned(),
                carry: Carry::default(),
            }));
        }
        if !random.chance(5) {
            events.push(ModelEvent::End(AnswerEnd {
                reason: FinishReason::Stop,
                usage: None,
                details: UsageDetails::default(),
                carry: Carry::default(),
            }));
        }
        let delays: Vec<u64> = events.iter().map(|_| random.below(2_000)).collect();
        stream::iter(events.into_iter().zip(delays))
            .then(|(event, delay)| async move {
                // pause: a slow model; the clock is paused
                tokio::time::sleep(Duration::from_millis(delay)).await;
                Ok(vec![event])
            })
            .boxed()
    }
}
