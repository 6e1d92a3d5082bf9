//! Tool calls, gathered from their pieces.
//!
//! OpenAI numbers calls by `index` and sends `id` and name once. Others leave
//! the index out, give every call index 0, repeat the id in every piece, send
//! no id at all, or send whole calls at once. What begins a new call and what
//! continues one is decided in [`Call::is_continued_by`] alone.

use super::{
    carry::Carry,
    chunk::CallPiece,
    error::{ProviderError, ProviderErrorKind},
    model::ModelToolCall,
};
use serde::de::IgnoredAny;
use uuid::Uuid;

/// More calls than any answer needs; a bound for what a hostile provider may make us hold.
const MAX_CALLS: usize = 128;
/// Longest id that is taken over; a longer one is replaced.
const MAX_ID_BYTES: usize = 128;

/// The calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Call {
    /// Whether a piece with the same index, or with none, goes on with this call.
    fn is_continued_by(&self, id: &str, name: &str, arguments: &str) -> bool {
        if !id.is_empty() && !self.id.is_empty() {
            return id == self.id;
        }
        if name.is_empty() {
            // An id alone, after arguments, belongs to the next call.
            return id.is_empty() || self.arguments.is_empty();
        }
        if self.name.is_empty() {
            return true;
        }
        // A name again: said twice for one call, unless that call is whole already.
        name == self.name && (arguments.is_empty() || !is_json(&self.arguments))
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

impl Calls {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in a piece.
    pub(super) fn add(&mut self, piece: CallPiece) -> Result<(), ProviderError> {
        let (index, id) = (piece.index.0, piece.id.0);
        let (name, arguments) = (piece.function.0.name.0, piece.function.0.arguments.0);
        if id.is_empty() && name.is_empty() && arguments.is_empty() {
            return Ok(());
        }
        let last = self
            .0
            .iter()
            .rposition(|call| index.is_none() || call.index == index);
        let continued = last.filter(|last| self.0[*last].is_continued_by(&id, &name, &arguments));
        let by_id = || {
            self.0
                .iter()
                .position(|call| index.is_none() && !id.is_empty() && call.id == id)
        };
        if let Some(known) = continued.or_else(by_id) {
            self.0[known].take(id, name, &arguments);
        } else if self.0.len() < MAX_CALLS {
            self.0.push(Call {
                index,
                id,
                name,
                arguments,
            });
        } else {
            let detail = "more than 128 tool calls in one answer";
            return Err(ProviderError::new(ProviderErrorKind::OutputTooLong, detail));
        }
        Ok(())
    }

    /// The calls, whole, in the order of their index, each with an id of its own.
    pub(super) fn finish(self) -> Result<Vec<ModelToolCall>, ProviderError> {
        let mut calls = self.0;
        let mut last = 0;
        for call in &mut calls {
            // Where there is no index a call stands after the one before it.
            last = *call.index.get_or_insert(last);
        }
        calls.sort_by_key(|call| call.index);
        let mut whole: Vec<ModelToolCall> = Vec::with_capacity(calls.len());
        for Call {
            mut id,
            name,
            mut arguments,
            ..
        } in calls
        {
            let name = name.trim().to_owned();
            if name.is_empty() {
                return Err(ProviderError::new(
                    ProviderErrorKind::InvalidResponse,
                    "a tool call without a name",
                ));
            }
            let usable = (1..=MAX_ID_BYTES).contains(&id.len())
                && id.bytes().all(|byte| byte.is_ascii_graphic());
            if !usable || whole.iter().any(|other| other.id == id) {
                id = format!("call_{}", Uuid::now_v7().simple());
            }
            if arguments.trim().is_empty() {
                "{}".clone_into(&mut arguments);
            }
            whole.push(ModelToolCall {
                id,
                name,
                arguments,
                carry: Carry::default(),
            });
        }
        Ok(whole)
    }
}

impl Call {
    fn take(&mut self, id: String, name: String, arguments: &str) {
        if self.id.is_empty() {
            self.id = id;
        }
        if self.name.is_empty() {
            self.name = name;
        }
        self.arguments.push_str(arguments);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{super::lenient::List, *};

    /// Pieces as JSON, a chunk a line, to `id name arguments` (an id that we made is `*`).
    fn gather(pieces: &[&str]) -> Vec<String> {
        let mut calls = Calls::default();
        for piece in pieces {
            for piece in serde_json::from_str::<List<CallPiece>>(piece).unwrap().0 {
                calls.add(piece).unwrap();
            }
        }
        let calls = calls.finish().unwrap();
        let shown = |id: &str| {
            if id.len() > 32 {
                "*".to_owned()
            } else {
                id.to_owned()
            }
        };
        calls
            .iter()
            .map(|call| format!("{} {} {}", shown(&call.id), call.name, call.arguments))
            .collect()
    }

    #[test]
    fn gathers_calls_of_every_dialect() {
        let rows: &[(&str, &[&str], &[&str])] = &[
            (
                "OpenAI: id and name first, arguments in pieces",
                &[
                    r#"[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]"#,
                    r#"[{"index":0,"function":{"arguments":"{\"x\""}}]"#,
                    r#"[{"index":0,"function":{"arguments":":1}"}}]"#,
                ],
                &[r#"a f {"x":1}"#],
            ),
            (
                "several, interleaved by index, the second first",
                &[
                    r#"[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}},{"index":0,"id":"a","function":{"name":"f"}}]"#,
                    r#"[{"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"function":{"arguments":":2}"}}]"#,
                    r#"[{"index":0,"function":{"arguments":"1}"}}]"#,
                ],
                &[r#"a f {"x":1}"#, r#"b g {"y":2}"#],
            ),
            (
                "no index: a new id or name begins a call, the rest goes on",
                &[
                    r#"[{"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                    r#"[{"function":{"arguments":"}"}}]"#,
                    r#"[{"id":"b","function":{"name":"f","arguments":""}}]"#,
                    r#"[{"function":{"name":"g","arguments":"{}"}}]"#,
                ],
                &["a f {}", "b f {}", "* g {}"],
            ),
            (
                "no index, interleaved by id",
                &[
                    r#"[{"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                    r#"[{"id":"b","function":{"name":"f","arguments":"{\"y\""}}]"#,
                    r#"[{"id":"a","function":{"arguments":":1}"}},{"id":"b","function":{"arguments":":2}"}}]"#,
                ],
                &[r#"a f {"x":1}"#, r#"b f {"y":2}"#],
            ),
            (
                "the same id and name in every piece",
                &[
                    r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                    r#"[{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}]"#,
                ],
                &[r#"a f {"x":1}"#],
            ),
            (
                "the same name in every piece, no id",
                &[
                    r#"[{"index":0,"function":{"name":"f","arguments":"{\"x\""}}]"#,
                    r#"[{"index":0,"function":{"name":"f","arguments":":1}"}}]"#,
                ],
                &[r#"* f {"x":1}"#],
            ),
            (
                "Gemini: whole calls, all with index 0",
                &[
                    r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                    r#"[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}]"#,
                ],
                &["a f {}", "b f {}"],
            ),
            (
                "Gemini of old: index 0 and empty ids",
                &[
                    r#"[{"index":0,"id":"","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"","function":{"name":"f","arguments":"{}"}}]"#,
                    r#"[{"index":0,"id":"","function":{"name":"g","arguments":"{}"}}]"#,
                ],
                &["* f {}", "* f {}", "* g {}"],
            ),
            (
                "Ollama: arguments as an object, no index",
                &[
                    r#"[{"id":"a","function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g","arguments":{}}}]"#,
                ],
                &[r#"a f {"x":1}"#, "b g {}"],
            ),
            (
                "no arguments at all",
                &[r#"[{"index":0,"id":"a","function":{"name":"f"}}]"#],
                &["a f {}"],
            ),
            (
                "a lone object in place of the list",
                &[r#"{"index":0,"id":"a","function":{"name":"f"}}"#],
                &["a f {}"],
            ),
            (
                "one id for two calls",
                &[
                    r#"[{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"a","function":{"name":"g"}}]"#,
                ],
                &["a f {}", "* g {}"],
            ),
            (
                "the name after the id",
                &[
                    r#"[{"index":0,"id":"a"}]"#,
                    r#"[{"index":0,"function":{"name":"f"}}]"#,
                ],
                &["a f {}"],
            ),
            (
                "an id that no header or log should see",
                &[r#"[{"index":0,"id":"a\nb","function":{"name":"f"}}]"#],
                &["* f {}"],
            ),
            ("empty pieces", &["[{}]", r#"[{"index":3}]"#], &[]),
        ];
        for (what, pieces, expected) in rows {
            assert_eq!(gather(pieces), *expected, "{what}");
        }
    }

    #[test]
    fn a_call_without_a_name_is_no_answer() {
        let mut calls = Calls::default();
        calls
            .add(serde_json::from_str(r#"{"index":0,"function":{"arguments":"{}"}}"#).unwrap())
            .unwrap();
        assert_eq!(
            calls.finish().unwrap_err().kind,
            ProviderErrorKind::InvalidResponse
        );
    }

    #[test]
    fn the_number_of_calls_is_bounded() {
        let mut calls = Calls::default();
        let mut add = |n: usize| {
            calls.add(
                serde_json::from_value(serde_json::json!({"index": n, "function": {"name": "f"}}))
                    .unwrap(),
            )
        };
        (0..MAX_CALLS).for_each(|n| add(n).unwrap());
        assert_eq!(
            add(MAX_CALLS).unwrap_err().kind,
            ProviderErrorKind::OutputTooLong
        );
    }
}
