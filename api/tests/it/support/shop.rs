//! A clerk with the tools of a shop and of a page, and a visitor who talks to it.

use super::{
    AgentsFile, Client, Model, Reply, TestServer, ToolServer, client::problem, events::done,
};
use serde_json::{Value, json};

pub struct Shop {
    pub model: Model,
    pub tools: ToolServer,
    _agents: AgentsFile,
    pub server: TestServer,
    pub client: Client,
}

impl Shop {
    pub async fn open(replies: Vec<Reply>) -> Self {
        Self::with(replies, &[]).await
    }

    /// The same with more in the environment.
    pub async fn with(replies: Vec<Reply>, env: &[(&str, &str)]) -> Self {
        let model = Model::new(replies).await;
        let tools = ToolServer::start().await;
        let agents = AgentsFile::with_clerk(&tools.url);
        let env: Vec<_> = [("AGENTS_FILE", agents.path())]
            .iter()
            .chain(env)
            .copied()
            .collect();
        let server = TestServer::with(&model, &env).await;
        let client = server.signed_in().await;
        Self {
            model,
            tools,
            _agents: agents,
            server,
            client,
        }
    }

    /// Starts a run and returns its events.
    pub async fn send(&self, body: Value) -> Vec<Value> {
        self.client.chat(body).await.rest().await
    }

    /// A message in the thread of `events`.
    pub async fn say(&self, events: &[Value], message: &str) -> Vec<Value> {
        self.send(json!({"thread_id": thread(events), "message": message}))
            .await
    }

    /// Answers interrupts of a run's last event.
    pub async fn resume(&self, events: &[Value], answers: Value) -> Vec<Value> {
        self.send(json!({"thread_id": thread(events), "resume": answers}))
            .await
    }

    /// Answers interrupts, which must be refused; returns the problem.
    pub async fn refused(
        &self,
        events: &[Value],
        answers: Value,
        status: u16,
        code: &str,
    ) -> Value {
        let body = json!({"thread_id": thread(events), "resume": answers});
        problem(self.client.post("/api/chat", body).await, status, code).await
    }

    pub async fn thread(&self, events: &[Value]) -> Value {
        let path = format!("/api/threads/{}", thread(events));
        self.client.json(&path).await
    }

    /// The tool results in the model's last request.
    pub fn last_results(&self) -> Vec<String> {
        let requests = self.model.requests();
        let messages = requests.last().unwrap()["messages"].as_array().unwrap();
        let results = messages.iter().filter(|message| message["role"] == "tool");
        results
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The thread of a run.
pub fn thread(events: &[Value]) -> &str {
    events[0]["thread_id"].as_str().unwrap()
}

/// The interrupts of an interrupted run.
pub fn interrupts(events: &[Value]) -> &[Value] {
    let done = done(events);
    assert_eq!(done["status"], "interrupted", "{events:#?}");
    done["interrupts"].as_array().unwrap()
}

/// The only interrupt of a run.
pub fn interrupt(events: &[Value]) -> &Value {
    let [interrupt] = interrupts(events) else {
        panic!("one interrupt: {events:#?}")
    };
    interrupt
}

/// A tool that writes and one that reads.
pub fn page_tools() -> Value {
    json!([
        {"name": "add_to_cart", "description": "Adds.", "parameters": {"type": "object"}},
        {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "read_only": true},
    ])
}

pub fn answer(interrupt: &Value, payload: Value) -> Value {
    json!({"interrupt_id": interrupt["id"], "status": "resolved", "payload": payload})
}

pub fn cancel(interrupt: &Value) -> Value {
    json!({"interrupt_id": interrupt["id"], "status": "cancelled"})
}
