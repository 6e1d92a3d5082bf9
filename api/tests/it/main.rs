//! Integration tests on a real listener, one file per resource.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub
)]

#[path = "../private/eventually.rs"]
mod eventually;
#[path = "../private/postgres.rs"]
mod private_postgres;
#[path = "../private/redis.rs"]
mod private_redis;
#[path = "../private/sqlite.rs"]
mod private_sqlite;
mod support;

mod chat;
mod chat_agents;
mod chat_approvals;
mod chat_failures;
mod chat_interrupts;
mod chat_limits;
mod chat_mcp_servers;
mod chat_page_tools;
mod chat_questions;
mod chat_runs;
mod client_secrets;
mod commands;
mod connections;
mod docs;
mod errors;
mod late_writes;
mod layering;
mod logs;
mod mcp;
mod mcp_servers;
mod mcp_tokens;
mod me;
mod memory;
mod metrics;
mod models;
mod notes;
mod openapi;
mod openapi_examples;
mod provider;
mod provider_cases;
mod provider_manners;
mod replicas;
mod retention;
mod search;
mod session;
mod settings;
mod shutdown;
mod sites;
mod sqlite;
mod statements;
mod threads;
mod throttle;
mod tracing;
