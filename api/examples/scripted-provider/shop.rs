//! The Clerk of the demo's plant shop: recognises errands, and runs them with the shop's tools.

use super::{
    conversation::{ChatRequest, Step},
    script::Reply,
    words::{self, plain},
};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(crate) const TO_CLERK: &str = "handoff_to_clerk";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    Search,
    OrderStatus,
    CancelOrder,
    AddToCart,
    Reserve,
}

const ERRANDS: [(&[&str], Errand); 5] = [
    (&["cancel"], Errand::CancelOrder),
    (&["reserve", "put aside"], Errand::Reserve),
    (&["cart", "buy"], Errand::AddToCart),
    (&["order"], Errand::OrderStatus),
    (
        &[
            "fern",
            "monstera",
            "cactus",
            "lily",
            "price",
            "in stock",
            "do you sell",
        ],
        Errand::Search,
    ),
];

pub(crate) fn errand(message: &str) -> Option<Errand> {
    let text = message.to_lowercase();
    let wants = |words: &&[&str]| words.iter().any(|word| text.contains(word));
    let found = ERRANDS.iter().find(|(words, _)| wants(words));
    found.map(|(_, errand)| *errand)
}

impl Errand {
    fn tool(self) -> &'static str {
        match self {
            Self::Search => "shop__search",
            Self::OrderStatus => "shop__order_status",
            Self::CancelOrder => "shop__cancel_order",
            Self::AddToCart => "page__add_to_cart",
            Self::Reserve => "shop__reserve",
        }
    }

    fn arguments(self, said: &str, page: &str) -> Value {
        match self {
            Self::Search => json!({"query": plant(said).unwrap_or_default()}),
            Self::OrderStatus | Self::CancelOrder => {
                json!({"order": number(said).unwrap_or_else(|| "1001".to_owned())})
            }
            Self::AddToCart | Self::Reserve => {
                let sku = sku(said).or_else(|| sku(page));
                json!({"sku": sku.unwrap_or_else(|| "F12".to_owned())})
            }
        }
    }
}

/// The Clerk's reply: a call of the right tool, then a sentence about its result.
pub(crate) fn serve(
    request: &ChatRequest,
    steps: &[Step],
    errand: Errand,
    said: &str,
    page: &str,
) -> Reply {
    let tool = errand.tool();
    match steps.iter().rfind(|step| step.tool == tool) {
        None if !request.offers(tool) => Reply::say(not_offered(tool)),
        None => Reply::call(tool, &errand.arguments(said, page)),
        Some(step) => Reply::say(match outcome(step) {
            Some(outcome) => report(errand, outcome),
            None => not_done(step.reason()),
        }),
    }
}

/// The result of a tool: an MCP server's structured content, or a page tool's object. `None` when
/// the tool failed: a server reports failures as text only.
fn outcome(step: &Step) -> Option<&Value> {
    if step.failed() {
        None
    } else if step.tool.starts_with("page__") {
        Some(&step.result)
    } else {
        step.result.get("structured")
    }
}

/// Splits a message into the user's text and the page's context.
pub(crate) fn split_page(message: &str) -> (String, String) {
    let Some((before, rest)) = message.split_once("<page_context>") else {
        return (message.to_owned(), String::new());
    };
    let (page, after) = rest.split_once("</page_context>").unwrap_or((rest, ""));
    // The sentence that introduces the context is a separate paragraph.
    let before = before.rsplit_once("\n\n").map_or("", |(before, _)| before);
    let said = format!("{before}\n{after}");
    (said.trim().to_owned(), page.trim().to_owned())
}

fn plant(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    ["fern", "monstera", "cactus", "lily"]
        .into_iter()
        .find(|plant| text.contains(plant))
}

fn number(text: &str) -> Option<String> {
    words_of(text).find(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn sku(text: &str) -> Option<String> {
    words_of(text).find(|word| {
        let mut bytes = word.bytes();
        word.len() == 3
            && bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
            && bytes.all(|byte| byte.is_ascii_digit())
    })
}

fn words_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::to_owned)
}

/// A sentence about the result of an errand.
fn report(errand: Errand, outcome: &Value) -> String {
    let text = |name: &str| plain(outcome[name].as_str().unwrap_or_default());
    let sentence = match errand {
        Errand::Search => plants(outcome),
        Errand::OrderStatus => format!("Order {} is {}.", text("order"), text("state")),
        Errand::CancelOrder => "The order is cancelled.".to_owned(),
        Errand::AddToCart => "It is in your cart.".to_owned(),
        Errand::Reserve => format!("The {} is reserved for {}.", text("reserved"), text("for")),
    };
    words::confessed(&sentence)
}

fn plants(outcome: &Value) -> String {
    let plants = outcome["plants"].as_array().cloned().unwrap_or_default();
    if plants.is_empty() {
        return "We have nothing of that name.".to_owned();
    }
    let mut table = "| Plant | Number | Price | In stock |\n|---|---|--:|--:|\n".to_owned();
    for plant in plants {
        let cents = plant["price"].as_u64().unwrap_or_default();
        let _ = writeln!(
            table,
            "| {} | {} | {}.{:02} | {} |",
            plain(plant["name"].as_str().unwrap_or_default()),
            plain(plant["sku"].as_str().unwrap_or_default()),
            cents / 100,
            cents % 100,
            plant["stock"],
        );
    }
    format!("This is what we have:\n\n{table}")
}

/// An errand that failed.
fn not_done(reason: &str) -> String {
    words::confessed(&format!("That was not done: {}", plain(reason)))
}

/// Neither the page nor the shop offers the tool.
fn not_offered(tool: &str) -> String {
    words::confessed(&format!("I cannot do that here: `{tool}` is not on offer."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_errand_in_a_message() {
        for (message, expected) in [
            ("Do you sell ferns?", Some(Errand::Search)),
            ("Where is order 1001?", Some(Errand::OrderStatus)),
            ("Please cancel order 1002", Some(Errand::CancelOrder)),
            ("Put it into my cart", Some(Errand::AddToCart)),
            ("Reserve a monstera for me", Some(Errand::Reserve)),
            ("Tell me a joke", None),
        ] {
            assert_eq!(errand(message), expected, "{message}");
        }
    }

    #[test]
    fn separates_the_message_from_the_page_context() {
        let page = "What the page says.\n<page_context>\nFern F12\n</page_context>";
        for message in [format!("{page}\n\nBuy it"), format!("Buy it\n\n{page}")] {
            assert_eq!(
                split_page(&message),
                ("Buy it".to_owned(), "Fern F12".to_owned()),
                "{message}"
            );
        }
        // An unanswered message is merged with the next one.
        assert_eq!(
            split_page(&format!("Hello?\n\n{page}\n\nBuy it")),
            ("Hello?\n\n\nBuy it".to_owned(), "Fern F12".to_owned())
        );
        assert_eq!(split_page("Hello"), ("Hello".to_owned(), String::new()));
    }

    #[test]
    fn a_skipped_question_is_no_reservation() {
        let step = |result: Value| Step {
            tool: "shop__reserve".to_owned(),
            arguments: json!({"sku": "F12"}),
            result,
        };
        let skipped = step(json!({"text": "The visitor did not want to reserve."}));
        assert_eq!(outcome(&skipped), None);
        assert!(not_done(skipped.reason()).contains("did not want to reserve"));
        let reserved = json!({"reserved": "Fern", "for": "Ann"});
        let done = step(json!({"text": "", "structured": reserved}));
        assert!(
            report(Errand::Reserve, outcome(&done).unwrap()).contains("Fern is reserved for Ann")
        );
    }

    #[test]
    fn reads_numbers_of_orders_and_plants() {
        assert_eq!(number("order 1002, please").as_deref(), Some("1002"));
        assert_eq!(sku("the F12 there").as_deref(), Some("F12"));
        assert_eq!(sku("no such thing"), None);
    }
}
