//! Names and ids of calls in the strictest form in use: OpenAI's names, Mistral's ids.

use std::collections::{HashMap, HashSet};

/// In characters of `[A-Za-z0-9]`; Mistral accepts no other ids.
const ID_LENGTH: usize = 9;
const ID_CHARACTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const NAME_MAX_CHARS: usize = 64;

/// Replaces characters that providers refuse: the model may have made up the name.
pub(super) fn wire_name(name: &str) -> String {
    let sane = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name: String = name
        .chars()
        .take(NAME_MAX_CHARS)
        .map(|c| if sane(c) { c } else { '_' })
        .collect();
    if name.is_empty() {
        "_".to_owned()
    } else {
        name
    }
}

/// Ids derived from ours, the same each time a conversation is sent, so that providers can cache
/// it.
#[derive(Debug, Default)]
pub(super) struct WireIds {
    known: HashMap<String, String>,
    taken: HashSet<String>,
}

impl WireIds {
    pub(super) fn get(&mut self, id: &str) -> String {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        let mut seed = fnv1a(id.as_bytes());
        let mut wire = characters(seed);
        while !self.taken.insert(wire.clone()) {
            seed = seed.wrapping_add(1);
            wire = characters(seed);
        }
        self.known.insert(id.to_owned(), wire.clone());
        wire
    }
}

/// FNV-1a, 64 bits.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn characters(mut number: u64) -> String {
    let base = ID_CHARACTERS.len() as u64;
    let mut id = String::with_capacity(ID_LENGTH);
    for _ in 0..ID_LENGTH {
        #[allow(clippy::cast_possible_truncation)] // below 62
        let digit = (number % base) as usize;
        id.push(char::from(ID_CHARACTERS[digit]));
        number /= base;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_the_names_of_tools() {
        for (name, expected) in [
            ("save_note", "save_note"),
            ("functions.save_note", "functions_save_note"),
            ("save note!", "save_note_"),
            ("späte", "sp_te"),
            ("", "_"),
        ] {
            assert_eq!(wire_name(name), expected);
        }
        assert_eq!(wire_name(&"x".repeat(100)).len(), 64);
    }

    #[test]
    fn ids_are_nine_characters_and_unique() {
        let mut ids = WireIds::default();
        let all: HashSet<String> = (0..10_000).map(|n| ids.get(&format!("call_{n}"))).collect();
        assert_eq!(all.len(), 10_000);
        assert!(
            all.iter()
                .all(|id| { id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) })
        );
        assert_eq!(ids.get("call_7"), WireIds::default().get("call_7"));
        // Different ids that would derive the same one.
        let mut ids = WireIds::default();
        ids.taken.insert(characters(fnv1a(b"x")));
        let other = ids.get("x");
        assert_eq!(other.len(), 9);
        assert_ne!(other, characters(fnv1a(b"x")));
        assert_eq!(ids.get("x"), other);
    }
}
