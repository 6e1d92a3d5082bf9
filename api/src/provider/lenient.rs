//! Values as OpenAI-compatible providers really send them: a type here takes
//! any JSON and gives the best reading of it, never an error. Only text that is
//! no JSON at all is refused (by the parser).

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};
use serde_json::Value;
use std::{fmt, marker::PhantomData};

/// Visits of scalars that mean nothing to a type.
macro_rules! scalars_are_default {
    ($($visit:ident($type:ty)),+) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> { Ok(Self::Value::default()) })+
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
    };
}

fn expecting_json(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("any JSON")
}

fn skip_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Text: a string, or parts of it in an array (of strings or of objects with `text`).
/// Parts that are thoughts are left out. Null and objects without `text` are empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                expecting_json(f)
            }
            scalars_are_default!(visit_bool(bool));
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
                Ok(Text(text))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
                let mut whole = String::new();
                while let Some(Text(part)) = seq.next_element()? {
                    whole.push_str(&part);
                }
                Ok(Text(whole))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                let (mut text, mut thought) = (Text::default(), false);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "text" | "refusal" => text = map.next_value()?,
                        "type" => {
                            let Text(kind) = map.next_value()?;
                            thought = kind.contains("think") || kind.contains("reason");
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(if thought { Text::default() } else { text })
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// The arguments of a call: JSON text, or the JSON itself, which becomes text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments(pub(super) String);

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Arguments;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                expecting_json(f)
            }
            scalars_are_default!(
                visit_bool(bool),
                visit_u64(u64),
                visit_i64(i64),
                visit_f64(f64)
            );
            fn visit_str<E: Error>(self, text: &str) -> Result<Arguments, E> {
                Ok(Arguments(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Arguments, A::Error> {
                Ok(Arguments(
                    Value::deserialize(SeqAccessDeserializer::new(seq))?.to_string(),
                ))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arguments, A::Error> {
                Ok(Arguments(
                    Value::deserialize(MapAccessDeserializer::new(map))?.to_string(),
                ))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// A number that counts: whole, not negative; also as float or string.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(pub(super) Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Count;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                expecting_json(f)
            }
            scalars_are_default!(visit_bool(bool));
            fn visit_u64<E: Error>(self, number: u64) -> Result<Count, E> {
                Ok(Count(Some(number)))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Count, E> {
                Ok(Count(number.try_into().ok()))
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates
            fn visit_f64<E: Error>(self, number: f64) -> Result<Count, E> {
                Ok(Count((number >= 0.0).then_some(number as u64)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Count, E> {
                Ok(Count(text.parse().ok()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Count, A::Error> {
                skip_seq(seq).map(|()| Count(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
                skip_map(map).map(|()| Count(None))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// An object; anything else is the empty one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned + Default> Visitor<'de> for Visit<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                expecting_json(f)
            }
            scalars_are_default!(
                visit_bool(bool),
                visit_u64(u64),
                visit_i64(i64),
                visit_f64(f64),
                visit_str(&str)
            );
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Object<T>, A::Error> {
                skip_seq(seq).map(|()| Object::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_any(Visit(PhantomData))
    }
}

/// A list of objects; a lone object is a list of one, anything else the empty list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned + Default> Visitor<'de> for Visit<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                expecting_json(f)
            }
            scalars_are_default!(
                visit_bool(bool),
                visit_u64(u64),
                visit_i64(i64),
                visit_f64(f64),
                visit_str(&str)
            );
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(Object(item)) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                Ok(List(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
            }
        }
        deserializer.deserialize_any(Visit(PhantomData))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read<T: DeserializeOwned>(json: &str) -> T {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn text_in_every_dress() {
        let rows = [
            (r#""hi""#, "hi"),
            (r#""h\u00ef\n""#, "hï\n"),
            ("null", ""),
            ("true", ""),
            ("7", "7"),
            ("-7", "-7"),
            (
                r#"["a",{"type":"text","text":"b"},{"text":null},{"x":1},3]"#,
                "ab3",
            ),
            (
                r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"ok"}]"#,
                "ok",
            ),
            (r#"[{"type":"reasoning","text":"hm"}]"#, ""),
            (r#"{"text":"c"}"#, "c"),
            ("{}", ""),
        ];
        for (json, expected) in rows {
            assert_eq!(read::<Text>(json).0, expected, "{json}");
        }
    }

    #[test]
    fn arguments_as_text_or_json() {
        let rows = [
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("[1]", "[1]"),
            ("null", ""),
            ("1", ""),
        ];
        for (json, expected) in rows {
            assert_eq!(read::<Arguments>(json).0, expected, "{json}");
        }
    }

    #[test]
    fn counts_as_anything() {
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
}
