//! Threads and their stores.

mod begin;
#[cfg(test)]
mod contract;
pub mod memory;
mod page;
pub mod postgres;
mod rows;
mod saving;
pub mod search;
pub mod sqlite;
mod store;

pub use begin::{BeginError, Beginning, Begun, Progress, Resumption};
pub use page::{Cursor, Page, PageError};
pub use store::ThreadStore;
