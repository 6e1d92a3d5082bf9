//! Recognises requests about notes.

/// A request about notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Save,
    List,
    Recall,
    Other,
}

const POLITE: [&str; 14] = [
    "and ",
    "please ",
    "so ",
    "now ",
    "ok ",
    "okay ",
    "then ",
    "can you ",
    "could you ",
    "would you ",
    "hey ",
    "hi, ",
    "hello, ",
    "archivist, ",
];
const ASKING: [&str; 15] = [
    "what",
    "which",
    "read",
    "show",
    "list",
    "find",
    "look up",
    "tell me what",
    "tell me about",
    "do you remember",
    "do you have",
    "do i have",
    "open",
    "get",
    "remind me what",
];
const SAVING: [&str; 24] = [
    "keep a note",
    "keep the note",
    "make a note",
    "take a note",
    "save a note",
    "add a note",
    "write a note",
    "create a note",
    "save the note",
    "save this note",
    "save a new note",
    "note down",
    "note that",
    "note:",
    "write down",
    "write this down",
    "remember that",
    "remember to",
    "remember:",
    "remember my",
    "don't let me forget",
    "don't forget",
    "save that",
    "save this",
];
const ABOUT: [&str; 5] = ["note", "remember", "write down", "forget", "titles"];

pub(crate) fn wish(message: &str) -> Wish {
    let text = plain(message);
    let about_notes = ABOUT.iter().any(|word| text.contains(word));
    if about_notes && ASKING.iter().any(|word| text.starts_with(word)) {
        let lists = [
            "list",
            "what notes",
            "which notes",
            "my notes",
            "all notes",
            "titles",
            "any notes",
        ];
        return if lists.iter().any(|word| text.contains(word)) {
            Wish::List
        } else {
            Wish::Recall
        };
    }
    if SAVING.iter().any(|phrase| text.contains(phrase)) || text.starts_with("remember ") {
        Wish::Save
    } else {
        Wish::Other
    }
}

/// Title and content of the note that a message asks to save.
pub(crate) fn note(message: &str) -> (String, String) {
    let lower = message.to_ascii_lowercase();
    let phrase_end = SAVING
        .iter()
        .chain(&["remember"])
        .filter_map(|phrase| lower.find(phrase).map(|at| (at, at + phrase.len())))
        .min_by_key(|(at, end)| (*at, usize::MAX - *end))
        .map_or(0, |(_, end)| end);
    let mut rest = message[phrase_end..].trim();
    if let Some(named) = ["called ", "titled ", "named "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        && let Some((title, content)) = named.split_once(':')
        && !title.trim().is_empty()
        && !content.trim().is_empty()
    {
        return (
            short(title.trim_matches(['"', '“', '”', ' '])),
            sentence(content.trim()),
        );
    }
    for word in [
        ":", ",", "that ", "to ", "about ", "of ", "saying ", "called ", "titled ", "down ",
    ] {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let rest = if rest.is_empty() {
        message.trim()
    } else {
        rest
    };
    let content = sentence(rest);
    (short(content.trim_end_matches(['.', '!', '?'])), content)
}

/// The title that shares most words with a question.
pub(crate) fn best_title<'a>(question: &str, titles: &'a [String]) -> Option<&'a String> {
    let asked = words(question);
    let common = |title: &String| {
        words(title)
            .iter()
            .filter(|word| asked.contains(word))
            .count()
    };
    let best = titles.iter().max_by_key(|title| common(title))?;
    (common(best) > 0).then_some(best)
}

fn words(text: &str) -> Vec<String> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2);
    words
        .map(str::to_lowercase)
        .filter(|word| {
            !matches!(
                word.as_str(),
                "the" | "and" | "note" | "what" | "did" | "you"
            )
        })
        .collect()
}

/// In lower case, without "please" and the like.
fn plain(message: &str) -> String {
    let mut text = message.trim().to_lowercase();
    while let Some(rest) = POLITE.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest.trim_start().to_owned();
    }
    text
}

/// With a capital, and a full stop after a letter.
fn sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let mut sentence: String = chars
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .chain(chars)
        .collect();
    if sentence.ends_with(char::is_alphanumeric) {
        sentence.push('.');
    }
    sentence
}

/// At most 60 characters, cut between words where possible.
fn short(title: &str) -> String {
    let line = title.lines().next().unwrap_or_default().trim();
    if line.chars().count() <= 60 {
        return line.to_owned();
    }
    let cut: String = line.chars().take(60).collect();
    cut.rsplit_once(' ')
        .map_or(cut.clone(), |(whole, _)| whole.to_owned())
}
