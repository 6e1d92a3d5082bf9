//! Calls assembled from the pieces of every dialect.

use super::super::{
    calls::{CallPiece, Calls},
    chat_chunk,
    error_kind::ProviderErrorKind,
    json::lenient::List,
};

/// Pieces as JSON, one chunk each, to `name arguments`.
fn gather(offered: &[&str], pieces: &[&str]) -> Vec<String> {
    let offered = offered.iter().map(|name| (*name).to_owned()).collect();
    let mut calls = Calls::new(offered);
    for piece in pieces {
        let pieces: List<chat_chunk::CallPiece> = serde_json::from_str(piece).unwrap();
        for piece in pieces.0 {
            calls.add(piece.into_piece(false), &mut Vec::new()).unwrap();
        }
    }
    let calls = calls.finish().unwrap();
    calls
        .iter()
        .map(|call| format!("{} {}", call.name, call.arguments))
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
            &[r#"f {"x":1}"#],
        ),
        (
            "several, interleaved by index, the second first",
            &[
                r#"[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}},{"index":0,"id":"a","function":{"name":"f"}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"function":{"arguments":":2}"}}]"#,
                r#"[{"index":0,"function":{"arguments":"1}"}}]"#,
            ],
            &[r#"f {"x":1}"#, r#"g {"y":2}"#],
        ),
        (
            "several without arguments",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":1,"id":"b","function":{"name":"f","arguments":""}}]"#,
            ],
            &["f {}", "f {}"],
        ),
        (
            "no index: a new id or name begins a call, the rest goes on",
            &[
                r#"[{"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                r#"[{"function":{"arguments":"}"}}]"#,
                r#"[{"id":"b","function":{"name":"f","arguments":""}}]"#,
                r#"[{"function":{"name":"g","arguments":"{}"}}]"#,
            ],
            &["f {}", "f {}", "g {}"],
        ),
        (
            "no index, interleaved by id",
            &[
                r#"[{"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"id":"b","function":{"name":"f","arguments":"{\"y\""}}]"#,
                r#"[{"id":"a","function":{"arguments":":1}"}},{"id":"b","function":{"arguments":":2}"}}]"#,
            ],
            &[r#"f {"x":1}"#, r#"f {"y":2}"#],
        ),
        (
            "the same id and name in every piece",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the same name in every piece, no id",
            &[
                r#"[{"index":0,"function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"function":{"name":"f","arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "Gemini: whole calls, all with index 0",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}]"#,
            ],
            &["f {}", "f {}"],
        ),
        (
            "Gemini of old: index 0 and empty ids",
            &[
                r#"[{"index":0,"id":"","function":{"name":"f","arguments":"{}"}},{"index":0,"id":"","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":0,"id":"","function":{"name":"g","arguments":"{}"}}]"#,
            ],
            &["f {}", "f {}", "g {}"],
        ),
        (
            "Ollama: arguments as an object, no index",
            &[
                r#"[{"id":"a","function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g","arguments":{}}}]"#,
            ],
            &[r#"f {"x":1}"#, "g {}"],
        ),
        (
            "no arguments at all",
            &[r#"[{"index":0,"id":"a","function":{"name":"f"}}]"#],
            &["f {}"],
        ),
        (
            "a lone object in place of the list",
            &[r#"{"index":0,"id":"a","function":{"name":"f"}}"#],
            &["f {}"],
        ),
        (
            "one id for two calls",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"a","function":{"name":"g"}}]"#,
            ],
            &["f {}", "g {}"],
        ),
        (
            "one id for two whole calls of one tool",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
                r#"[{"index":1,"id":"a","function":{"name":"f","arguments":"{\"x\":2}"}}]"#,
            ],
            &[r#"f {"x":1}"#, r#"f {"x":2}"#],
        ),
        (
            "the name after the id",
            &[
                r#"[{"index":0,"id":"a"}]"#,
                r#"[{"index":0,"function":{"name":"f"}}]"#,
            ],
            &["f {}"],
        ),
        (
            "an id alone begins the next call",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":1,"id":"b"}]"#,
                r#"[{"index":1,"function":{"name":"g","arguments":"{}"}}]"#,
            ],
            &["f {}", "g {}"],
        ),
        ("empty pieces", &["[{}]", r#"[{"index":3}]"#], &[]),
        (
            "LM Studio: a new id and an empty name in each piece",
            &[
                r#"[{"index":0,"id":"1","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":0,"id":"2","function":{"name":"","arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"id":"3","function":{"name":"","arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "a new id with each piece, and no name field",
            &[
                r#"[{"index":0,"id":"1","function":{"name":"f","arguments":"{"}}]"#,
                r#"[{"index":0,"id":"2","function":{"arguments":"\"x\":1"}}]"#,
                r#"[{"index":0,"id":"3","function":{"arguments":"}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "a new id and the name with each piece",
            &[
                r#"[{"index":0,"id":"1","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":0,"id":"2","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"id":"3","function":{"name":"f","arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "a new id with each piece of two calls",
            &[
                r#"[{"index":0,"id":"1","function":{"name":"f","arguments":"{"}}]"#,
                r#"[{"index":0,"id":"2","function":{"name":"","arguments":"}"}}]"#,
                r#"[{"index":1,"id":"3","function":{"name":"g","arguments":"{"}}]"#,
                r#"[{"index":1,"id":"4","function":{"name":"","arguments":"}"}}]"#,
            ],
            &["f {}", "g {}"],
        ),
        (
            "a new id with each piece, and no index",
            &[
                r#"[{"id":"1","function":{"name":"f","arguments":""}}]"#,
                r#"[{"id":"2","function":{"name":"","arguments":"{\"x\""}}]"#,
                r#"[{"id":"3","function":{"name":null,"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the index drifts",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":1,"function":{"arguments":"{\"x\""}}]"#,
                r#"[{"index":2,"function":{"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the index drifts with the id in each piece",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":1,"id":"a","function":{"arguments":":"}}]"#,
                r#"[{"index":2,"id":"a","function":{"name":"f","arguments":"1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the index drifts with the name in each piece",
            &[
                r#"[{"index":0,"function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":1,"function":{"name":"f","arguments":":"}}]"#,
                r#"[{"index":2,"function":{"name":"f","arguments":"1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the index drifts, and a second call follows",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                r#"[{"index":1,"function":{"arguments":"}"}}]"#,
                r#"[{"index":2,"id":"b","function":{"name":"g","arguments":"{"}}]"#,
                r#"[{"index":3,"function":{"arguments":"}"}}]"#,
            ],
            &["f {}", "g {}"],
        ),
        (
            "the index of the second call is the first one's",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":0,"id":"b","function":{"name":"g","arguments":""}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"y\""}}]"#,
                r#"[{"index":0,"function":{"arguments":":2}"}}]"#,
            ],
            &["f {}", r#"g {"y":2}"#],
        ),
        (
            "the pieces of the second call have the first one's index",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}]"#,
                r#"[{"index":0,"function":{"arguments":":2}"}}]"#,
            ],
            &["f {}", r#"g {"y":2}"#],
        ),
        (
            "{} before the arguments",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"function":{"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "{} before the arguments, as an object and with the id",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":{}}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the whole arguments twice",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"x\":1}"}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"x\":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the arguments in pieces, then whole, with the name",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":0,"function":{"arguments":":1}"}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "a whole call twice, without an id",
            &[
                r#"[{"index":0,"function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
                r#"[{"index":0,"function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "LocalAI: a whole call again under another index, with the same id",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
                r#"[{"index":1,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "the arguments under another index, with id and name again",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]"#,
                r#"[{"index":1,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]"#,
                r#"[{"index":1,"function":{"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "indexes that begin at 1 and jump",
            &[
                r#"[{"index":1,"id":"a","function":{"name":"f","arguments":"{"}}]"#,
                r#"[{"index":1,"function":{"arguments":"}"}}]"#,
                r#"[{"index":7,"id":"b","function":{"name":"g","arguments":"{}"}}]"#,
            ],
            &["f {}", "g {}"],
        ),
        (
            "the id after the name, and null before",
            &[
                r#"[{"id":null,"function":{"name":"f","arguments":null}}]"#,
                r#"[{"id":"a","function":{"name":null,"arguments":"{\"x\""}}]"#,
                r#"[{"id":"a","function":{"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "white space before the arguments, and after",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":" \n"}}]"#,
                r#"[{"index":0,"function":{"arguments":"{\"x\":1}"}}]"#,
                r#"[{"index":0,"function":{"arguments":"  "}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "all pieces in one chunk",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":0,"function":{"arguments":"{\"x\""}},{"index":0,"function":{"arguments":":1}"}}]"#,
            ],
            &[r#"f {"x":1}"#],
        ),
        (
            "a name in two pieces",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"save_"}}]"#,
                r#"[{"index":0,"function":{"name":"note","arguments":"{}"}}]"#,
            ],
            &["save_note {}"],
        ),
        (
            "a name in two pieces, without an index",
            &[
                r#"[{"id":"a","function":{"name":"save"}}]"#,
                r#"[{"function":{"name":"_note"}}]"#,
                r#"[{"function":{"arguments":"{}"}}]"#,
            ],
            &["save_note {}"],
        ),
        (
            "a name in three pieces, with the id in each",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"list"}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"_"}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"titles","arguments":"{}"}}]"#,
            ],
            &["list_titles {}"],
        ),
        (
            "a name that grows",
            &[
                r#"[{"index":0,"id":"a","function":{"name":"save"}}]"#,
                r#"[{"index":0,"id":"a","function":{"name":"save_note","arguments":"{}"}}]"#,
            ],
            &["save_note {}"],
        ),
        (
            "two names are two calls",
            &[
                r#"[{"index":0,"function":{"name":"save_note"}}]"#,
                r#"[{"index":0,"function":{"name":"list_titles","arguments":"{}"}}]"#,
            ],
            &["save_note {}", "list_titles {}"],
        ),
    ];
    for (what, pieces, expected) in rows {
        assert_eq!(
            gather(&["save_note", "list_titles", "f", "g"], pieces),
            *expected,
            "{what}"
        );
    }
}

#[test]
fn a_call_without_a_name_is_an_invalid_answer() {
    let mut calls = Calls::default();
    let piece = CallPiece {
        arguments: "{}".to_owned(),
        ..CallPiece::default()
    };
    calls.add(piece, &mut Vec::new()).unwrap();
    let error = calls.finish().unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::InvalidResponse);
}

#[test]
fn bounds_the_number_of_calls() {
    let mut calls = Calls::default();
    let mut add = |index: u64| {
        let piece = CallPiece {
            index: Some(index),
            name: "f".to_owned(),
            arguments: "{}".to_owned(),
            ..CallPiece::default()
        };
        calls.add(piece, &mut Vec::new())
    };
    (0..128).for_each(|index| add(index).unwrap());
    assert_eq!(add(128).unwrap_err().kind, ProviderErrorKind::OutputTooLong);
}
