//! Separates thoughts in tags from the text.
//!
//! `<think>…</think>` or `<thought>…</thought>` at the beginning is a thought. If a server's
//! template contains the opening tag, only the closing one arrives: then everything before it was a
//! thought.

use memchr::{memchr, memmem};

const TAGS: [Tag; 2] = [
    Tag {
        open: "<think>",
        close: "</think>",
    },
    Tag {
        open: "<thought>",
        close: "</thought>",
    },
];

/// Before a tag, these mean that the text only quotes it.
const QUOTES: &str = "`\"'“‘«„";

#[derive(Debug, Clone, Copy)]
struct Tag {
    open: &'static str,
    close: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Thought(String),
    /// All text so far was a thought.
    TextWasThought,
}

/// Splits a text that arrives in pieces. Holds back a possible beginning of a tag.
#[derive(Debug, Default)]
pub(super) struct ThoughtTags {
    state: State,
    /// White space at the beginning, passed on once text follows.
    leading: String,
    /// A possible beginning of a tag.
    held: String,
    /// Whether the thought has more than white space so far.
    in_thought: bool,
    /// The last character of the text that was passed on, if any.
    last: Option<char>,
    fence: Fence,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// Only white space and thoughts so far.
    #[default]
    Start,
    /// The same, after a thought: white space is dropped.
    AfterThought,
    Thought(Tag),
    /// In the text, looking for a closing tag without an opening one.
    Text,
    /// In a text that talks about tags.
    Plain,
}

impl ThoughtTags {
    pub(super) fn push(&mut self, piece: String, sink: &mut impl FnMut(Piece)) {
        let mut rest = if self.held.is_empty() {
            piece
        } else {
            std::mem::take(&mut self.held) + &piece
        };
        while !rest.is_empty() {
            rest = match self.state {
                State::Start | State::AfterThought => self.start(rest),
                State::Thought(tag) => self.thought(rest, tag, sink),
                State::Text => self.text(rest, sink),
                State::Plain => {
                    self.tell(rest, sink);
                    return;
                }
            };
        }
    }

    pub(super) fn end(&mut self, sink: &mut impl FnMut(Piece)) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return;
        }
        match self.state {
            State::Thought(_) => sink(Piece::Thought(held)),
            _ => self.tell(held, sink),
        }
    }

    fn start(&mut self, piece: String) -> String {
        let text = piece.trim_start();
        let space = &piece[..piece.len() - text.len()];
        if matches!(self.state, State::Start) {
            self.leading.push_str(space);
        }
        if let Some(tag) = TAGS.iter().find(|tag| text.starts_with(tag.open)) {
            self.state = State::Thought(*tag);
            self.leading.clear();
            self.in_thought = false;
            return text[tag.open.len()..].to_owned();
        }
        if is_beginning(text, |tag| tag.open) || is_beginning(text, |tag| tag.close) {
            text.clone_into(&mut self.held);
            return String::new();
        }
        if text.is_empty() {
            return String::new();
        }
        let leading = std::mem::take(&mut self.leading);
        self.state = State::Text;
        if leading.is_empty() && space.is_empty() {
            return piece;
        }
        let closes = TAGS.iter().any(|tag| text.starts_with(tag.close));
        if closes {
            text.to_owned()
        } else {
            leading + text
        }
    }

    fn thought(&mut self, piece: String, tag: Tag, sink: &mut impl FnMut(Piece)) -> String {
        if !self.in_thought {
            let text = piece.trim_start();
            self.in_thought = !text.is_empty();
            if text.len() < piece.len() {
                return text.to_owned();
            }
        }
        let Some(at) = memmem::find(piece.as_bytes(), tag.close.as_bytes()) else {
            let told = piece.len() - held_length(&piece, &[tag.close]);
            self.held = piece[told..].to_owned();
            if told > 0 {
                sink(Piece::Thought(piece[..told].to_owned()));
            }
            return String::new();
        };
        if at > 0 {
            sink(Piece::Thought(piece[..at].to_owned()));
        }
        self.state = State::AfterThought;
        piece[at + tag.close.len()..].to_owned()
    }

    fn text(&mut self, piece: String, sink: &mut impl FnMut(Piece)) -> String {
        let (mut from, mut fed, mut fence) = (0, 0, self.fence);
        while let Some(at) = memchr(b'<', &piece.as_bytes()[from..]) {
            let at = from + at;
            if TAGS.iter().any(|tag| piece[at..].starts_with(tag.open)) {
                self.state = State::Plain;
                break;
            }
            let closed = TAGS.iter().find(|tag| piece[at..].starts_with(tag.close));
            if let Some(tag) = closed {
                fence.feed(&piece[fed..at]);
                fed = at;
                let before = piece[..at].chars().next_back().or(self.last);
                if fence.is_open || before.is_some_and(|c| QUOTES.contains(c)) {
                    from = at + 1;
                    continue;
                }
                self.tell(piece[..at].to_owned(), sink);
                if self.last.take().is_some() {
                    sink(Piece::TextWasThought);
                }
                self.state = State::AfterThought;
                return piece[at + tag.close.len()..].to_owned();
            }
            from = at + 1;
        }
        let held = match self.state {
            State::Plain => 0,
            _ => held_length(&piece, &TAGS.map(|tag| tag.open))
                .max(held_length(&piece, &TAGS.map(|tag| tag.close))),
        };
        let told = piece.len() - held;
        self.held = piece[told..].to_owned();
        if held == 0 {
            self.tell(piece, sink);
        } else {
            self.tell(piece[..told].to_owned(), sink);
        }
        String::new()
    }

    fn tell(&mut self, text: String, sink: &mut impl FnMut(Piece)) {
        if text.is_empty() {
            return;
        }
        if matches!(self.state, State::Text) {
            self.fence.feed(&text);
        }
        self.last = text.chars().next_back();
        sink(Piece::Text(text));
    }
}

/// Whether a text is an incomplete tag.
fn is_beginning(text: &str, part: impl Fn(&Tag) -> &'static str) -> bool {
    !text.is_empty()
        && TAGS
            .iter()
            .any(|tag| part(tag).starts_with(text) && text.len() < part(tag).len())
}

/// How many bytes at the end of a text may begin one of these tags.
fn held_length(text: &str, tags: &[&str]) -> usize {
    let longest = tags.iter().map(|tag| tag.len()).max().unwrap_or(0);
    let window = text.floor_char_boundary(text.len().saturating_sub(longest - 1));
    let Some(at) = text[window..].rfind('<') else {
        return 0;
    };
    let end = &text[window + at..];
    if tags.iter().any(|tag| tag.starts_with(end)) {
        end.len()
    } else {
        0
    }
}

/// Tracks whether a text is inside a fenced block of code.
#[derive(Debug, Default, Clone, Copy)]
struct Fence {
    ticks: usize,
    is_open: bool,
}

impl Fence {
    fn feed(&mut self, text: &str) {
        if memchr(b'`', text.as_bytes()).is_none() {
            self.ticks = 0;
            return;
        }
        for byte in text.bytes() {
            self.ticks = if byte == b'`' { self.ticks + 1 } else { 0 };
            self.is_open ^= self.ticks == 3;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> (String, String) {
        let (mut text, mut thought) = (String::new(), String::new());
        let mut tags = ThoughtTags::default();
        let mut sink = |piece: Piece| match piece {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::Thought(piece) => thought.push_str(&piece),
            Piece::TextWasThought => thought.push_str(&std::mem::take(&mut text)),
        };
        for piece in pieces {
            tags.push((*piece).to_owned(), &mut sink);
        }
        tags.end(&mut sink);
        (text, thought)
    }

    #[test]
    fn separates_reasoning_from_text_however_it_is_cut() {
        let rows = [
            ("Hello", "Hello", ""),
            ("  Hello\n", "  Hello\n", ""),
            ("<think>\nhm\n</think>\n\nHello!", "Hello!", "hm\n"),
            ("\n<think>hm</think>Hello", "Hello", "hm"),
            ("<thought>hm</thought> Hello", "Hello", "hm"),
            ("<think>a</think>\n<think>b</think>Hello", "Hello", "ab"),
            ("<think></think>\n\nHello", "Hello", ""),
            ("<think>never closed", "", "never closed"),
            ("<think>half a tag</thi", "", "half a tag</thi"),
            ("<think>a </thought> b</think>c", "c", "a </thought> b"),
            (
                "hm, let me see\n</think>\n\nHello",
                "Hello",
                "hm, let me see\n",
            ),
            ("</think>Hello", "Hello", ""),
            ("\n</think>\nHello", "Hello", ""),
            ("hm</thought>Hello", "Hello", "hm"),
            ("Use `</think>` to close.", "Use `</think>` to close.", ""),
            ("It says \"</think>\".", "It says \"</think>\".", ""),
            ("```\na\n</think>\n```\nb", "```\na\n</think>\n```\nb", ""),
            (
                "The <think> tag and </think> tag",
                "The <think> tag and </think> tag",
                "",
            ),
            ("a < b <thin air", "a < b <thin air", ""),
            ("<thin", "<thin", ""),
            ("<b>bold</b>", "<b>bold</b>", ""),
            ("Hello </think", "Hello </think", ""),
        ];
        for (whole, text, thought) in rows {
            let expected = (text.to_owned(), thought.to_owned());
            assert_eq!(split(&[whole]), expected, "{whole}");
            for cut in (0..=whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
                assert_eq!(
                    split(&[&whole[..cut], &whole[cut..]]),
                    expected,
                    "{whole}, cut at {cut}"
                );
            }
            let single: Vec<String> = whole.chars().map(String::from).collect();
            let single: Vec<&str> = single.iter().map(String::as_str).collect();
            assert_eq!(split(&single), expected, "{whole}, one by one");
        }
    }

    #[test]
    fn holds_back_tags_only() {
        let mut tags = ThoughtTags::default();
        let mut told = Vec::new();
        tags.push("Hello".to_owned(), &mut |piece| told.push(piece));
        assert_eq!(told, [Piece::Text("Hello".to_owned())]);
    }
}
