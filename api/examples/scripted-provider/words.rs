//! The stand-in's sentences.

use std::fmt::Write as _;

/// Ends an answer, so that nobody takes it for a model's.
const CONFESSION: &str = "*(I am a scripted stand-in, not a language model.)*";

pub(crate) fn general(message: &str) -> String {
    let text = message.to_lowercase();
    let mut parts = Vec::new();
    if let Some(count) = long(&text) {
        return words(count);
    }
    if text.contains("joke") {
        parts.push(
            "Why did the scripted assistant cross the road? Because line 12 of the script said so."
                .to_owned(),
        );
    }
    if text.contains("markdown") {
        parts.push(MARKDOWN.to_owned());
    }
    if parts.is_empty() {
        let greets = ["hello", "hi ", "hi,", "hi!", "hey", "good morning"]
            .iter()
            .any(|word| text.starts_with(word));
        if greets || text == "hi" {
            parts.push(
                "Hello! Good to see you here. I can chat a little, and I pass everything about notes on to my \
                 colleague, the Archivist. Try: *Please keep a note that the demo is on Friday.*"
                    .to_owned(),
            );
        } else if text.contains("help") || text.contains("what can you") {
            parts.push(HELP.to_owned());
        } else {
            parts.push(format!(
                "You wrote: “{}”. A real model would think about that now; I only have a few prepared sentences, and \
                 this is the longest of them. Ask me to **show markdown**, to tell a **joke**, to write something \
                 **long 300**, or to **keep a note** for you.",
                excerpt(message)
            ));
        }
    }
    parts.push(CONFESSION.to_owned());
    parts.join("\n\n")
}

fn long(text: &str) -> Option<usize> {
    let after = text.split_once("long ")?.1;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits
        .parse()
        .ok()
        .filter(|count| (1..=200_000).contains(count))
}

/// `count` or a few more words, numbered so that each sentence differs.
fn words(count: usize) -> String {
    let mut text = format!(
        "Here are the {count} words you asked for, numbered so that none can be lost unseen."
    );
    for number in 1..=count {
        if number % 80 == 1 {
            text.push_str("\n\n");
        } else {
            text.push(' ');
        }
        let word = ["alpha", "brook", "cedar", "dune", "ember", "fjord", "grove"][number % 7];
        let _ = write!(text, "{word}-{number}");
    }
    text + "\n\n" + CONFESSION
}

/// The Concierge's sentence before a handoff.
pub(crate) const HANDING_OVER: &str = "The Archivist keeps the notes, one moment.";
/// The Concierge's sentence before a handoff to the Clerk.
pub(crate) const HANDING_OVER_TO_CLERK: &str = "The Clerk knows the shop, one moment.";

/// The sentence with a remark that no model wrote it.
pub(crate) fn confessed(sentence: &str) -> String {
    format!("{sentence}\n\n{CONFESSION}")
}

pub(crate) fn saved(title: &str) -> String {
    format!(
        "Done: I have kept that as **{}**. You will find it in the notes next to this conversation, and you can ask me \
         for it at any time, in your own words.\n\n{CONFESSION}",
        plain(title)
    )
}

pub(crate) fn listed(titles: &[String]) -> String {
    if titles.is_empty() {
        return format!(
            "There are no notes yet. Tell me what to keep, and I will.\n\n{CONFESSION}"
        );
    }
    let list: String = titles
        .iter()
        .map(|title| format!("- {}\n", plain(title)))
        .collect();
    format!(
        "These are your notes:\n\n{list}\nSay which one you would like to read.\n\n{CONFESSION}"
    )
}

pub(crate) fn read(title: &str, content: &str) -> String {
    format!(
        "You asked me to note this, under **{}**:\n\n{}\n\nThat is all there is under this title.\n\n{CONFESSION}",
        plain(title),
        content
            .lines()
            .map(|line| format!("> {}", plain(line)))
            .collect::<Vec<_>>()
            .join("\n")
    )
}

pub(crate) fn failed(tool: &str) -> String {
    format!(
        "That did not work: the tool `{}` refused. Please try it another way.\n\n{CONFESSION}",
        tool.replace('`', "")
    )
}

pub(crate) const NO_SUCH_TOOL: &str =
    "I reached for a tool that does not exist, and was told so. Let us go on without it.";

/// The beginning of a message, safe within Markdown.
fn excerpt(message: &str) -> String {
    let line = plain(message.lines().next().unwrap_or_default());
    if line.chars().count() <= 120 {
        line
    } else {
        line.chars().take(120).chain("…".chars()).collect()
    }
}

/// Without Markdown's special characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !"*`[]<>|#\\~".contains(*c))
        .collect()
}

const HELP: &str = "Here is what this demonstration can do:\n\n\
    - keep notes: *Please keep a note that the demo is on Friday*\n\
    - find them again: *What did I ask you to note?*\n\
    - show its Markdown: *Show me markdown*\n\
    - write a lot: *long 300*";

const MARKDOWN: &str = "## A little of everything\n\n\
    A paragraph with **bold**, *italic*, ~~struck~~ and `inline code`, and [a link](https://example.com/docs).\n\n\
    1. first\n2. second\n   - nested\n   - again\n3. third\n\n\
    | agent | does | notes |\n|---|---|---:|\n| Concierge | general help | 0 |\n| Archivist | keeps notes | 12 |\n\n\
    ```rust\nfn main() {\n    println!(\"Hello, <world> & all\");\n}\n```\n\n\
    > A quotation, with a second line\n> that belongs to it.\n\n\
    ---\n\n\
    And a last line.";
