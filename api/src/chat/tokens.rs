//! Estimates token counts.

/// An estimate on the high side for prose, code and JSON in any script: one token per 3 ASCII
/// letters, digits and spaces, per other ASCII character, and per 2 bytes of the rest. Random
/// letters (base64) may take twice as many; such a request is repeated with a shorter conversation.
pub(super) fn estimate(text: &str) -> usize {
    let (mut words, mut marks, mut rest) = (0usize, 0, 0usize);
    for byte in text.bytes() {
        match byte {
            b' ' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => words += 1,
            0..=127 => marks += 1,
            _ => rest += 1,
        }
    }
    words.div_ceil(3) + marks + rest.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_underestimates() {
        // The larger of the counts for o200k_base and cl100k_base, by tiktoken-rs 0.12.
        for (text, real) in [
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("fn main() { println!(\"{}\", 1 + 1); }", 13),
            (
                "{\"title\":\"Shopping list\",\"content\":\"milk\\neggs\"}",
                14,
            ),
            ("Grüße aus München, schöne Straße", 9),
            ("今日は天気がいいので散歩に行きましょう", 22),
            ("Привет, как дела сегодня?", 12),
            ("مرحبا كيف حالك", 11),
        ] {
            assert!(estimate(text) >= real, "{text}: {}", estimate(text));
        }
    }
}
