//! Builds the embedded lexicon from the list of words that `lexicon/generate.py` makes.
//!
//! `cargo run --release -p verbund-guard --example lexicon < words.tsv > services/guard/lexicon/german.fst`

use std::error::Error;
use std::io::{Write, stdin, stdout};

fn main() -> Result<(), Box<dyn Error>> {
    let mut builder = fst::MapBuilder::new(stdout().lock())?;
    for (number, line) in stdin().lines().enumerate() {
        let line = line?;
        let (word, bits) = line
            .split_once('\t')
            .ok_or_else(|| format!("line {}: no tab", number + 1))?;
        builder.insert(word, bits.parse()?)?;
    }
    builder.into_inner()?.flush()?;
    Ok(())
}
