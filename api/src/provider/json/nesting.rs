//! Finds the end of a JSON value that arrives in pieces.

use memchr::memchr2;

/// Follows brackets and strings, and checks nothing else. Takes time linear in the bytes.
#[derive(Debug, Clone, Default)]
pub(in crate::provider) struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
    begun: bool,
    opened: bool,
}

impl Nesting {
    pub(in crate::provider) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(first) = bytes.first() {
            if self.escaped {
                self.escaped = false;
                bytes = &bytes[1..];
            } else if self.in_string {
                let Some(at) = memchr2(b'"', b'\\', bytes) else {
                    return;
                };
                self.escaped = bytes[at] == b'\\';
                self.in_string = self.escaped;
                bytes = &bytes[at + 1..];
            } else {
                match first {
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    b'"' => self.in_string = true,
                    _ => {}
                }
                self.opened |= self.in_string || self.depth > 0;
                self.begun |= !first.is_ascii_whitespace();
                bytes = &bytes[1..];
            }
        }
    }

    /// Whether a bracket or string was opened, and all of them are closed.
    pub(in crate::provider) fn is_whole(&self) -> bool {
        self.opened && self.depth == 0 && !self.in_string
    }

    pub(in crate::provider) fn has_begun(&self) -> bool {
        self.begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_incomplete_values() {
        let rows = [
            ("", false),
            (" \n", false),
            ("{}", true),
            ("{\"a\":[1,{\"b\":\"}\"}]}", true),
            ("{\"a\":[1,{\"b\":\"}\"}]", false),
            ("{\"a\":\"\\\"}", false),
            ("{\"a\":\"\\\\\"}", true),
            ("\"text\"", true),
            ("\"tex", false),
            ("{\"a\":1} ", true),
            ("```json", false),
        ];
        for (text, whole) in rows {
            for cut in 0..=text.len() {
                let mut nesting = Nesting::default();
                nesting.feed(&text.as_bytes()[..cut]);
                nesting.feed(&text.as_bytes()[cut..]);
                assert_eq!(nesting.is_whole(), whole, "{text}, cut at {cut}");
            }
        }
    }
}
