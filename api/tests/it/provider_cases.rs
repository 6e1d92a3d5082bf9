//! What providers really send, refuse and demand: one table a kind, each class with samples of its
//! own, through the whole product.

mod histories;
mod refusals;
mod server;
mod streams;
