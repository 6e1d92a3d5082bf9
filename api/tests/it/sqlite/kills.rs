//! `kill -9` at random moments under many writers: acknowledged writes and deletions survive.
//! `SQLITE_KILLS` sets the number of kills, `SQLITE_SEED` repeats a run.

use super::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};
use tokio::sync::Barrier;

const WRITERS: u64 = 20;
const KILLS: u64 = 5;
/// Visitors are replaced after this many kills, so that they reach no limits.
const LIFE: u64 = 8;

/// Seeded random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// A visitor and what was acknowledged to it.
struct Writer {
    client: Client,
    random: Random,
    sent: u64,
    /// By id, with the new title after a rename.
    threads: BTreeMap<String, Known>,
    deleted: BTreeSet<String>,
    notes: BTreeMap<String, String>,
    deleted_notes: BTreeSet<String>,
    tokens: BTreeMap<String, String>,
    revoked: BTreeSet<String>,
    /// Clients that were told that they are signed in, or out.
    others_in: Vec<Client>,
    others_out: Vec<Client>,
    acknowledged: u64,
}

struct Known {
    message: String,
    title: Option<String>,
}

impl Writer {
    fn new(seed: u64, url: &str) -> Self {
        Self {
            client: Client::new(url),
            random: Random(seed),
            sent: 0,
            threads: BTreeMap::new(),
            deleted: BTreeSet::new(),
            notes: BTreeMap::new(),
            deleted_notes: BTreeSet::new(),
            tokens: BTreeMap::new(),
            revoked: BTreeSet::new(),
            others_in: Vec::new(),
            others_out: Vec::new(),
            acknowledged: 0,
        }
    }

    /// Writes until the server is gone. The last write may have been done or not.
    async fn write(&mut self) {
        while let Some(()) = self.step().await {
            self.acknowledged += 1;
        }
    }

    async fn step(&mut self) -> Option<()> {
        self.sent += 1;
        let name = format!("{}-{}", self.random.0, self.sent);
        match self.random.below(10) {
            0..=2 => self.say(&name).await,
            3 => self.rename(&name).await,
            4 => self.delete_thread().await,
            5 | 6 => self.save_note(&name).await,
            7 => self.delete_note().await,
            8 => self.sign_in_and_out().await,
            _ => self.tokens().await,
        }
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        let request = self.client.request("POST", "/api/chat");
        let mut response = ok(request.json(&json!({ "message": text }))).await?;
        let first = response.chunk().await.ok()??;
        let first = String::from_utf8_lossy(&first).into_owned();
        let line = first.lines().find_map(|line| line.strip_prefix("data: "))?;
        let event: Value = serde_json::from_str(line).ok()?;
        let known = Known {
            message: text.to_owned(),
            title: None,
        };
        let thread = event["thread_id"].as_str().unwrap().to_owned();
        self.threads.insert(thread, known);
        response.text().await.ok().map(drop)
    }

    async fn rename(&mut self, title: &str) -> Option<()> {
        let Some(thread) = self.threads.keys().next().cloned() else {
            return Some(());
        };
        let path = format!("/api/threads/{thread}");
        // Until it is acknowledged, either title is right.
        let mut known = self.threads.remove(&thread)?;
        ok(self
            .client
            .request("PATCH", &path)
            .json(&json!({ "title": title })))
        .await?;
        known.title = Some(title.to_owned());
        self.threads.insert(thread, known);
        Some(())
    }

    async fn delete_thread(&mut self) -> Option<()> {
        let Some((thread, _)) = self.threads.pop_first() else {
            return Some(());
        };
        ok(self
            .client
            .request("DELETE", &format!("/api/threads/{thread}")))
        .await?;
        self.deleted.insert(thread);
        Some(())
    }

    async fn save_note(&mut self, content: &str) -> Option<()> {
        let title = format!("note {}", self.random.below(20));
        let Some(token) = self.tokens.values().next().cloned() else {
            return self.tokens().await;
        };
        self.notes.remove(&title);
        self.deleted_notes.remove(&title);
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "save_note", "arguments": {"title": title, "content": content},
        }});
        let request = reqwest::Client::new().post(format!("{}/mcp", self.client.url));
        let request = request
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream");
        let answer = ok(request.json(&call)).await?.text().await.ok()?;
        assert!(answer.contains("success"), "{answer}");
        self.notes.insert(title, content.to_owned());
        Some(())
    }

    async fn delete_note(&mut self) -> Option<()> {
        let Some((title, _)) = self.notes.pop_first() else {
            return Some(());
        };
        let path = format!("/api/notes/{}", title.replace(' ', "%20"));
        ok(self.client.request("DELETE", &path)).await?;
        self.deleted_notes.insert(title);
        Some(())
    }

    async fn tokens(&mut self) -> Option<()> {
        if self.tokens.len() > 2 {
            let (id, token) = self.tokens.pop_first()?;
            let path = format!("/api/mcp-tokens/{id}");
            ok(self.client.request("DELETE", &path)).await?;
            self.revoked.insert(token);
            return Some(());
        }
        let created = ok(self
            .client
            .request("POST", "/api/mcp-tokens")
            .json(&json!({})))
        .await?;
        let created: Value = created.json().await.ok()?;
        let listed = ok(self.client.request("GET", "/api/mcp-tokens")).await?;
        let listed: Value = listed.json().await.ok()?;
        let id = listed["items"][0]["id"].as_str()?.to_owned();
        let token = created["token"].as_str()?.to_owned();
        self.tokens.insert(id, token);
        Some(())
    }

    async fn sign_in_and_out(&mut self) -> Option<()> {
        if let Some(other) = self.others_in.pop() {
            // The response's empty cookie is ignored: the old one must no longer work.
            ok(other.request("POST", "/api/logout").json(&json!({}))).await?;
            self.others_out.push(other);
            return Some(());
        }
        let other = Client::new(&self.client.url);
        let login = other.request("POST", "/api/login");
        let answer = other
            .attempt(login.json(&json!({"passcode": PASSCODE})))
            .await
            .ok()?;
        assert_eq!(answer.status(), StatusCode::OK);
        self.others_in.push(other);
        Some(())
    }

    /// Moves to the current server.
    fn follow(&mut self, url: &str) {
        let others = self.others_in.iter_mut().chain(&mut self.others_out);
        for client in others.chain([&mut self.client]) {
            url.clone_into(&mut client.url);
        }
    }

    /// Compares what was acknowledged with what is stored; returns how much that was.
    async fn check(&self) -> usize {
        for (thread, known) in &self.threads {
            let detail = self.client.json(&format!("/api/threads/{thread}")).await;
            assert_eq!(detail["messages"][0]["content"], json!(known.message));
            if let Some(title) = &known.title {
                assert_eq!(detail["title"], json!(title), "a rename");
            }
        }
        for thread in &self.deleted {
            let gone = self.client.get(&format!("/api/threads/{thread}")).await;
            assert_eq!(gone.status(), StatusCode::NOT_FOUND, "a deletion");
        }
        for (title, content) in &self.notes {
            let path = format!("/api/notes/{}", title.replace(' ', "%20"));
            assert_eq!(
                self.client.json(&path).await["content"],
                json!(content),
                "{title}"
            );
        }
        for title in &self.deleted_notes {
            let path = format!("/api/notes/{}", title.replace(' ', "%20"));
            let gone = self.client.get(&path).await.status();
            assert_eq!(gone, StatusCode::NOT_FOUND, "{title} was deleted");
        }
        for (token, works) in (self.tokens.values().map(|token| (token, true)))
            .chain(self.revoked.iter().map(|token| (token, false)))
        {
            let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
            let request = reqwest::Client::new().post(format!("{}/mcp", self.client.url));
            let request = request.bearer_auth(token).json(&list);
            let request = request.header("accept", "application/json, text/event-stream");
            let status = request.send().await.unwrap().status();
            assert_eq!(status != StatusCode::UNAUTHORIZED, works, "a token");
        }
        for (others, signed_in) in [(&self.others_in, true), (&self.others_out, false)] {
            for other in others {
                let session = other.json("/api/session").await;
                assert_eq!(
                    session["signed_in"],
                    json!(signed_in),
                    "a sign-in or sign-out"
                );
            }
        }
        self.threads.len()
            + self.deleted.len()
            + self.notes.len()
            + self.deleted_notes.len()
            + self.tokens.len()
            + self.revoked.len()
            + self.others_in.len()
            + self.others_out.len()
    }
}

/// A successful response, if one came. A refusal would be a bug.
async fn ok(request: reqwest::RequestBuilder) -> Option<reqwest::Response> {
    let response = request.send().await.ok()?;
    let status = response.status();
    if !status.is_success() {
        panic!("{status}: {}", response.text().await.unwrap_or_default());
    }
    Some(response)
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_undone_by_kills() {
    let (kills, seed) = (number("SQLITE_KILLS", KILLS), number("SQLITE_SEED", 1));
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Certainly, at once.")]).await;
    let mut random = Random(seed);
    let mut writers = Vec::new();
    let (mut acknowledged, mut compared) = (0, 0);
    for round in 0..kills {
        let program = serve(&folder, &model).await;
        if round % LIFE == 0 {
            writers.clear();
            for n in 0..WRITERS {
                let writer = Writer::new(seed.wrapping_add(round * WRITERS + n), &program.url);
                writer.client.sign_in().await;
                writer.client.save_key(KEY).await;
                writers.push(writer);
            }
        }
        let start = std::sync::Arc::new(Barrier::new(writers.len() + 1));
        let writing: Vec<_> = writers
            .drain(..)
            .map(|mut writer: Writer| {
                writer.follow(&program.url);
                let start = std::sync::Arc::clone(&start);
                tokio::spawn(async move {
                    start.wait().await;
                    writer.write().await;
                    writer
                })
            })
            .collect();
        start.wait().await;
        // pause: until the kill; its moment is under test
        tokio::time::sleep(Duration::from_millis(20 + random.below(400))).await;
        program.kill().await;
        for writer in writing {
            writers.push(writer.await.unwrap());
        }

        let program = serve(&folder, &model).await;
        sqlite::check(&folder.url()).await.unwrap();
        for writer in &mut writers {
            writer.follow(&program.url);
            compared += writer.check().await;
            acknowledged += std::mem::take(&mut writer.acknowledged);
        }
        program.kill().await;
    }
    eprintln!(
        "{kills} kills, seed {seed}: {acknowledged} writes acknowledged, {compared} compared afterwards, none lost, none undone"
    );
    assert!(acknowledged > 0);
}
