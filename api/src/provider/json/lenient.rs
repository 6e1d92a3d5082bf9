//! Types that read any JSON value as OpenAI-compatible providers send it, and never fail.

use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};
use serde_json::Value;
use std::{borrow::Cow, fmt, marker::PhantomData};

macro_rules! scalars_are_default {
    ($($visit:ident($type:ty)),+) => {
        $(fn $visit<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> { Ok(Self::Value::default()) })+
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("any JSON") }
    };
}

/// Declares an object whose fields may be missing, of any type, or repeated: the last one counts.
/// Other fields are skipped, and anything but an object is an empty one.
macro_rules! lenient_object {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty = $key:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),+ }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visit;
                impl<'de> serde::de::Visitor<'de> for Visit {
                    type Value = $name;
                    $crate::provider::json::lenient::scalars_are_default!(
                        visit_bool(bool), visit_u64(u64), visit_i64(i64), visit_f64(f64), visit_str(&str)
                    );
                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<$name, A::Error> {
                        $crate::provider::json::lenient::skip(seq)?;
                        Ok($name::default())
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut object = $name::default();
                        while let Some(key) = map.next_key::<$crate::provider::json::lenient::Key<'de>>()? {
                            match key.as_str() {
                                $($key => object.$field = map.next_value()?,)+
                                _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                            }
                        }
                        Ok(object)
                    }
                }
                deserializer.deserialize_any(Visit)
            }
        }
    };
}

pub(in crate::provider) use {lenient_object, scalars_are_default};

/// Skips the rest of a list.
pub(in crate::provider) fn skip<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn skip_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// A field's name, borrowed where possible.
pub(in crate::provider) struct Key<'de>(Cow<'de, str>);

impl Key<'_> {
    pub(in crate::provider) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }
            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(name)))
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

/// Text: a string, a number, or parts in a list or an object, with thoughts kept apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::provider) struct Content {
    pub(in crate::provider) text: String,
    pub(in crate::provider) thought: String,
}

impl Content {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            thought: String::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Content;
            scalars_are_default!(visit_bool(bool));
            fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
                Ok(Content::text(text))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Content, E> {
                Ok(Content::text(text))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Content, E> {
                Ok(Content::text(number.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Content, E> {
                Ok(Content::text(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Content, E> {
                Ok(Content::text(number.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
                let mut whole = Content::default();
                while let Some(part) = seq.next_element::<Content>()? {
                    whole.text.push_str(&part.text);
                    whole.thought.push_str(&part.thought);
                }
                Ok(whole)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
                let part = Part::deserialize(MapAccessDeserializer::new(map))?;
                Ok(part.into_content())
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

lenient_object! {
    /// A part of a text; its type or field name tells whether it is a thought.
    struct Part {
        kind: Text = "type",
        text: Content = "text",
        refusal: Content = "refusal",
        content: Content = "content",
        thinking: Content = "thinking",
        reasoning: Content = "reasoning",
        summary: Content = "summary",
    }
}

impl Part {
    fn into_content(self) -> Content {
        let is_thought = self.kind.0.contains("think")
            || self.kind.0.contains("thought")
            || self.kind.0.contains("reason");
        let mut whole = Content::default();
        for part in [self.text, self.refusal, self.content] {
            whole.text.push_str(&part.text);
            whole.thought.push_str(&part.thought);
        }
        for part in [self.thinking, self.reasoning, self.summary] {
            whole.thought.push_str(&part.thought);
            whole.thought.push_str(&part.text);
        }
        if is_thought {
            whole.thought.push_str(&whole.text);
            whole.text.clear();
        }
        whole
    }
}

/// Text without thoughts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::provider) struct Text(pub(in crate::provider) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Content::deserialize(deserializer).map(|content| Self(content.text))
    }
}

/// A thought: all text of a value, whatever its parts are called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::provider) struct Thought(pub(in crate::provider) String);

impl<'de> Deserialize<'de> for Thought {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let content = Content::deserialize(deserializer)?;
        Ok(Self(content.thought + &content.text))
    }
}

/// The arguments of a call: JSON text, or JSON that becomes text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::provider) struct Arguments(pub(in crate::provider) String);

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Arguments;
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
                let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Arguments(value.to_string()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Arguments, A::Error> {
                let value = Value::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Arguments(value.to_string()))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// A non-negative whole number, also as a float or a string.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::provider) struct Count(pub(in crate::provider) Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Count;
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
                skip(seq).map(|()| Count(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
                skip_map(map).map(|()| Count(None))
            }
        }
        deserializer.deserialize_any(Visit)
    }
}

/// More than any list has; an item may take a hundred times the memory of its text.
const LIST_MAX_ITEMS: usize = 16_384;

/// A list. A single object is a list of one, anything else an empty list.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::provider) struct List<T>(pub(in crate::provider) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Visit<T> {
            type Value = List<T>;
            scalars_are_default!(
                visit_bool(bool),
                visit_u64(u64),
                visit_i64(i64),
                visit_f64(f64),
                visit_str(&str)
            );
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::with_capacity(1);
                while let Some(item) = seq.next_element()? {
                    if items.len() == LIST_MAX_ITEMS {
                        return Err(Error::custom("too many items"));
                    }
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
