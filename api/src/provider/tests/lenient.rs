//! Values of any type.

use super::super::json::lenient::{Arguments, Content, Count, List, Text, Thought, lenient_object};
use serde::Deserialize;

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> T {
    serde_json::from_str(json).unwrap()
}

#[test]
fn reads_text_in_all_encodings() {
    let rows = [
        (r#""hi""#, "hi", ""),
        (r#""h\u00ef\n""#, "hï\n", ""),
        ("null", "", ""),
        ("true", "", ""),
        ("7", "7", ""),
        ("-7", "-7", ""),
        (
            r#"["a",{"type":"text","text":"b"},{"text":null},{"x":1},3]"#,
            "ab3",
            "",
        ),
        (
            r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"ok"}]"#,
            "ok",
            "hm",
        ),
        (r#"[{"type":"reasoning","text":"hm"}]"#, "", "hm"),
        (
            r#"[{"type":"thinking","thinking":"hm","text":""}]"#,
            "",
            "hm",
        ),
        (r#"{"type":"reasoning.summary","summary":"hm"}"#, "", "hm"),
        (r#"{"text":"c"}"#, "c", ""),
        (r#"{"text":"c","text":"d"}"#, "d", ""),
        ("{}", "", ""),
    ];
    for (json, text, thought) in rows {
        let content: Content = read(json);
        assert_eq!(
            (content.text.as_str(), content.thought.as_str()),
            (text, thought),
            "{json}"
        );
    }
    assert_eq!(read::<Thought>(r#"{"content":"hm"}"#).0, "hm");
    assert_eq!(
        read::<Text>(r#"[{"type":"thinking","text":"hm"},"a"]"#).0,
        "a"
    );
}

#[test]
fn bounds_lists() {
    let list = |length: usize| format!("[{}]", vec!["{}"; length].join(","));
    assert_eq!(read::<List<Text>>(&list(16_384)).0.len(), 16_384);
    assert!(serde_json::from_str::<List<Text>>(&list(16_385)).is_err());
}

#[test]
fn reads_arguments_as_text_or_json() {
    let rows = [
        (r#""{\"a\":1}""#, r#"{"a":1}"#),
        (r#"{"a":1}"#, r#"{"a":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ("[1]", "[1]"),
        ("null", ""),
        ("1", ""),
    ];
    for (json, expected) in rows {
        assert_eq!(read::<Arguments>(json).0, expected, "{json}");
    }
}

#[test]
fn reads_counts_of_any_type() {
    let rows = [
        ("3", Some(3)),
        ("3.0", Some(3)),
        (r#""3""#, Some(3)),
        ("-1", None),
        ("-1.5", None),
        ("1e300", Some(u64::MAX)),
        ("null", None),
        ("[1]", None),
        (r#"{"a":1}"#, None),
        (r#""x""#, None),
    ];
    for (json, expected) in rows {
        assert_eq!(read::<Count>(json).0, expected, "{json}");
    }
}

lenient_object! {
    struct Pair {
        first: Text = "first",
        second: List<Count> = "second",
    }
}

#[test]
fn the_last_of_repeated_fields_counts() {
    let pair: Pair =
        read(r#"{"first":"a","x":{"first":"z"},"second":[1],"first":"b","second":[2,3]}"#);
    assert_eq!(pair.first.0, "b");
    assert_eq!(pair.second.0, [Count(Some(2)), Count(Some(3))]);
    for not_an_object in ["null", "1", "\"x\"", "[1,{}]", "true"] {
        assert_eq!(read::<Pair>(not_an_object).first.0, "");
    }
}
