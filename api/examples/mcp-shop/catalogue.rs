//! The catalogue of the shop.

use serde::Serialize;

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Plant {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    /// In cents.
    pub(crate) price: u32,
    /// How many are in stock.
    pub(crate) stock: u32,
    pub(crate) care: &'static str,
}

const PLANTS: [Plant; 4] = [
    Plant {
        sku: "F12",
        name: "Boston fern",
        price: 1490,
        stock: 7,
        care: "Shade, moist soil, a shower once a week.",
    },
    Plant {
        sku: "M30",
        name: "Monstera",
        price: 3490,
        stock: 2,
        care: "Bright, no direct sun; water when the top of the soil is dry.",
    },
    Plant {
        sku: "C05",
        name: "Cactus",
        price: 690,
        stock: 21,
        care: "Full sun, water once a month.",
    },
    Plant {
        sku: "P18",
        name: "Peace lily",
        price: 1990,
        stock: 0,
        care: "Half shade; it hangs its leaves when it wants water.",
    },
];

/// Plants whose name contains a word of `query`; all for a blank query.
pub(crate) fn search(query: &str) -> Vec<Plant> {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let matches = |plant: &&Plant| {
        let name = plant.name.to_lowercase();
        words.is_empty()
            || words
                .iter()
                .any(|word| name.contains(word.trim_end_matches('s')))
    };
    PLANTS.iter().filter(matches).copied().collect()
}

pub(crate) fn find(sku: &str) -> Option<Plant> {
    PLANTS.into_iter().find(|plant| plant.sku == sku)
}
