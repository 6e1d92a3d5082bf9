//! A stand-in for a language model: an OpenAI-compatible server that plays scripts.
//!
//! For tests, the keyless demo and the benchmark. It answers as Concierge or as
//! Archivist, by the tools it is offered, and says that it is scripted.
//!
//! Keys: `sk-demo` and all that begin with `sk-test-` are taken, others refused.
//!
//! | route | answer |
//! |---|---|
//! | `GET /v1/models` | two models |
//! | `POST /v1/chat/completions` | a scripted answer, streamed when asked to |
//! | `POST /v1/responses` | the same by the Responses API |
//! | `GET /_seen` | what was asked so far, how many streams are open; never a key |
//!
//! The models `like-openai`, `like-ollama`, `like-mistral`, `like-deepseek`, `like-gemini`, `like-vllm`
//! and `like-llamacpp` behave like those servers: they refuse what those refuse and want back what
//! those want back.
//!
//! Messages and their answers:
//!
//! | message | answer |
//! |---|---|
//! | "Please keep a note that …", "remember …", "note down …" | Concierge: hands over; Archivist: `save_note`, then a sentence |
//! | "What notes do I have?", "list my notes" | `list_titles`, then the list |
//! | "What did I ask you to note?", "read the note …" | `list_titles`, `get_note`, then the note |
//! | "do you sell ferns?", "where is order 1001?", "cancel order 1002", "put it into my cart", "reserve a monstera" | hands over to the Clerk, if there is one: calls a tool of the shop or of the page, then reports the result |
//! | anything else, to the Archivist | hands back to the Concierge |
//! | "show me markdown" | a list, a table, code, a quotation, a link |
//! | "long 2000" | that many words |
//! | "joke", "hello", "help", anything else | a short answer |
//!
//! Directives in the message change how it is answered; several may stand together:
//!
//! | directive | effect |
//! |---|---|
//! | `[[pace:5]]` | milliseconds between two words |
//! | `[[chunks:10000]]` | that many pieces of text, as fast as they are taken |
//! | `[[clock:50]]` | that many pieces, each the time at which it was sent, in microseconds |
//! | `[[thought]]` | a thought before the answer, as also for a joke |
//! | `[[usage:none]]` | no counts (they are estimates: four characters a token) |
//! | `[[shape:azure]]` | the same answer as Azure sends it; also `ollama`, `gemini`, `mistral`, `deepseek`, `openrouter`, `crlf`, `bom`, `no-done`, `json` |
//! | `[[fault:401]]`, `403`, `404`, `429`, `500`, `503`, … | refused with that status |
//! | `[[fault:429-once]]`, `500-once` | refused once (429 with `Retry-After: 1`), then answered |
//! | `[[fault:quota]]` | 429 `insufficient_quota` |
//! | `[[fault:context]]`, `context:6` | 400 `context_length_exceeded`, always or when there are more messages than that |
//! | `[[fault:stall]]`, `stall-mid` | silence after the head, or after a few words |
//! | `[[fault:cut]]`, `error-mid` | the connection breaks, or an error comes, after a few words |
//! | `[[fault:filter]]`, `length` | `finish_reason` `content_filter`, `length` |
//! | `[[fault:empty]]`, `html` | nothing, or a web page, with status 200 |
//! | `[[fault:loop]]` | hands over forever |
//! | `[[fault:bad-args]]` | `save_note` with arguments that are not JSON; corrected after the tool's error |
//! | `[[fault:unknown-tool]]` | a call of a tool that does not exist, then an apology |

mod conversation;
mod dialect;
mod directives;
mod manner;
mod notes;
mod player;
mod responses;
mod script;
mod seen;
mod server;
mod shop;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use server::{Standin, router};
