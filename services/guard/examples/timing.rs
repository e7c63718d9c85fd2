//! How long the guard takes: to be ready, for notes of 280 characters and for texts of 1 KiB.
//!
//! `cargo run --release -p verbund-guard --example timing < corpus.tsv`. The texts of the corpus are strung together to the two
//! lengths, so that each check reads words that the one before did not. The first round meets each word for the first time; the others
//! know them.
//!
//! Two figures are told of a length. *All calls* takes each call as it was, with what the rest of the machine did to it. *All texts* takes
//! of each text the median of its calls: how long that text takes when nothing interferes, so that its 99th percentile says how much longer
//! the hardest texts take than others.

#![expect(clippy::print_stdout, reason = "an example speaks to who runs it")]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{Read, stdin};
use std::time::{Duration, Instant};

use verbund_guard::{Guard, GuardSettings};

/// Enough that a median is what it is again the next time, and over in seconds.
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut corpus = String::new();
    stdin().read_to_string(&mut corpus)?;
    let all: String = corpus
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit('\t').next())
        .flat_map(|text| [text, " "])
        .collect();
    let started = Instant::now();
    let guard = Guard::new(GuardSettings::default());
    guard.check("Lage ruhig");
    println!("ready after {:?}", started.elapsed());
    for (name, length) in [("280 characters", 280), ("1 KiB", 1024)] {
        let texts = match length {
            1024 => of_bytes(&all, length),
            _ => of_characters(&all, length),
        };
        // A guard of its own, so that the first time is the first.
        let guard = Guard::new(GuardSettings::default());
        let first = texts.iter().map(|it| measure(&guard, it)).collect();
        let mut by_text = vec![Vec::with_capacity(ROUNDS); texts.len()];
        for _ in 0..ROUNDS {
            for (text, times) in texts.iter().zip(&mut by_text) {
                times.push(measure(&guard, text));
            }
        }
        let calls = by_text.concat();
        let medians = by_text.into_iter().map(|it| share(it, 0.5)).collect();
        println!("{name}: {} texts, {ROUNDS} rounds", texts.len());
        tell("first time", first);
        tell("afterwards, all calls", calls);
        tell("afterwards, all texts", medians);
    }
    if let Some(memory) = resident() {
        println!("memory: {memory}");
    }
    Ok(())
}

fn of_characters(all: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = all.chars().collect();
    chars
        .chunks_exact(length)
        .map(|it| it.iter().collect())
        .collect()
}

/// Of so many bytes, or some fewer where a character would be cut.
fn of_bytes(all: &str, length: usize) -> Vec<String> {
    let mut rest = all;
    let mut texts = Vec::new();
    while rest.len() >= length {
        let (text, behind) = rest.split_at(rest.floor_char_boundary(length));
        texts.push(text.to_owned());
        rest = behind;
    }
    texts
}

fn measure(guard: &Guard, text: &str) -> Duration {
    let started = Instant::now();
    black_box(guard.check(black_box(text)));
    started.elapsed()
}

fn share(mut times: Vec<Duration>, share: f64) -> Duration {
    times.sort_unstable();
    let at = (times.len() as f64 - 1.0) * share;
    times.get(at as usize).copied().unwrap_or_default()
}

fn tell(name: &str, times: Vec<Duration>) {
    let [median, most, longest] = [0.5, 0.99, 1.0].map(|it| share(times.clone(), it));
    println!("  {name}: median {median:.1?}, p99 {most:.1?}, longest {longest:.1?}");
}

/// What the system says that this process holds, where it says so.
fn resident() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = |name: &str| {
        let mut lines = status.lines();
        lines.find_map(|it| Some(it.strip_prefix(name)?.trim().to_owned()))
    };
    let (all, own) = (line("VmRSS:")?, line("RssAnon:")?);
    Some(format!("{all}, of which {own} are its own"))
}
