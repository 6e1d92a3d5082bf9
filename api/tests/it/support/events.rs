//! An event stream reader that enforces the contract.

use reqwest::Response;
use serde_json::Value;
use std::time::Duration;

/// The time limit of a test's waits.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The events of a run, as they arrive.
pub struct Events {
    response: Response,
    buffer: String,
    pub raw: Vec<u8>,
    pub last: u64,
    pub comments: usize,
}

impl Events {
    pub fn of(response: Response) -> Self {
        Self {
            response,
            buffer: String::new(),
            raw: Vec::new(),
            last: 0,
            comments: 0,
        }
    }

    /// Like [`Events::of`], for a stream that continues after event `last`.
    pub fn after(response: Response, last: u64) -> Self {
        Self {
            last,
            ..Self::of(response)
        }
    }

    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                if block.starts_with(':') {
                    self.comments += 1;
                    continue;
                }
                return Some(self.parse(&block));
            }
            let chunk = tokio::time::timeout(TIMEOUT, self.response.chunk());
            let chunk = chunk
                .await
                .expect("an event in time")
                .expect("a whole stream")?;
            self.raw.extend_from_slice(&chunk);
            self.buffer
                .push_str(std::str::from_utf8(&chunk).expect("whole frames"));
        }
    }

    fn parse(&mut self, block: &str) -> Value {
        let (id, data) = block.trim_end().split_once('\n').expect("id and data");
        let id: u64 = id.strip_prefix("id: ").expect("an id").parse().unwrap();
        assert_eq!(id, self.last + 1, "ids count without gaps");
        self.last = id;
        serde_json::from_str(data.strip_prefix("data: ").expect("data")).unwrap()
    }

    /// Events up to and including the first of this type.
    pub async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            let found = event["type"] == kind;
            events.push(event);
            if found {
                return events;
            }
        }
        panic!("no {kind} in {events:#?}");
    }

    /// All events to the end of the stream.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// The types of the events, with consecutive deltas as one.
pub fn kinds(events: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    kinds.dedup_by(|a, b| a == b && *a == "content_delta");
    kinds
}

/// The text of all deltas.
pub fn text(events: &[Value]) -> String {
    let deltas = events
        .iter()
        .filter(|event| event["type"] == "content_delta");
    deltas.filter_map(|event| event["delta"].as_str()).collect()
}

/// The events of one type.
pub fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["type"] == kind)
        .collect()
}

/// The last event, which must be `done`.
pub fn done(events: &[Value]) -> &Value {
    assert_eq!(
        of_kind(events, "done").len(),
        1,
        "done comes once: {events:#?}"
    );
    let last = events.last().unwrap();
    assert_eq!(last["type"], "done", "done comes last");
    last
}
