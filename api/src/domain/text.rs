//! Visible and invisible text.

/// Whether a text shows nothing: white space, control characters, and characters drawn as nothing
/// (Unicode's `Default_Ignorable_Code_Point`, and the blank letters of several scripts).
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// Whether a character shows nothing.
#[must_use]
pub fn is_invisible(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_invisible_characters() {
        for blank in [
            "",
            " \n\t",
            "\u{a0}\u{3000}",
            "\u{200b}",
            "\u{2800}",
            "\u{7}",
            "\0",
            "\u{200d}\u{fe0f}",
            "\u{feff} \u{2060}",
            "\u{3164}\u{115f}\u{ffa0}",
            "\u{e0020}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in [
            ".",
            "a\u{200b}",
            "👩\u{200d}💻",
            "ー",
            "\u{fffd}",
            "\u{300}",
        ] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }
}
