//! Repairs text that is almost JSON: invalid UTF-8, raw control characters in strings, and halves
//! of surrogate pairs. Other mistakes stay.

use super::halves::mark;

pub(super) struct Repaired {
    pub(super) text: String,
    pub(super) has_halves: bool,
}

/// Takes time linear in the bytes.
pub(super) fn repair(bytes: &[u8]) -> Repaired {
    let mut repair = Repair {
        text: String::with_capacity(bytes.len() + 16),
        in_string: false,
        has_halves: false,
    };
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while let Some(chunk) = rest.utf8_chunks().next() {
        repair.valid(chunk.valid());
        rest = repair.invalid(&rest[chunk.valid().len()..], chunk.invalid().len());
    }
    Repaired {
        text: repair.text,
        has_halves: repair.has_halves,
    }
}

struct Repair {
    text: String,
    in_string: bool,
    has_halves: bool,
}

impl Repair {
    fn valid(&mut self, text: &str) {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\0' => {}
                '"' => {
                    self.in_string = !self.in_string;
                    self.text.push(c);
                }
                '\\' if self.in_string => self.escape(&mut rest),
                c if self.in_string && c < ' ' => {
                    self.text.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => self.text.push(c),
            }
        }
    }

    /// An escape whose backslash was read. A half of a surrogate pair is replaced by its mark.
    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        let after = rest.as_str();
        let code = unicode_escape(after);
        let low = after
            .get(5..)
            .and_then(|next| unicode_escape(next.strip_prefix('\\')?));
        match code {
            Some(0xD800..=0xDBFF) if matches!(low, Some(0xDC00..=0xDFFF)) => {
                self.text.push('\\');
                self.text.extend(rest.by_ref().take(11));
            }
            Some(code @ 0xD800..=0xDFFF) => {
                self.text.extend(mark(code));
                self.has_halves = true;
                *rest = after[5..].chars();
            }
            _ => {
                self.text.push('\\');
                self.text.extend(rest.next());
            }
        }
    }

    /// Skips `length` invalid bytes, or half of a surrogate pair that was encoded as a character
    /// (CESU-8). Returns the rest.
    fn invalid<'a>(&mut self, bytes: &'a [u8], length: usize) -> &'a [u8] {
        if let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, rest @ ..] = bytes {
            let code = 0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            self.text.extend(mark(code));
            self.has_halves = true;
            return rest;
        }
        if length > 0 {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        &bytes[length..]
    }
}

fn unicode_escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
