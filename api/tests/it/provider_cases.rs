//! Real behaviour of providers: one table per kind, each class with its own
//! samples, through the whole product.

mod histories;
mod refusals;
mod server;
mod streams;
