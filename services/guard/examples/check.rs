//! What the guard says of each line of the standard input: the outcome and the findings, with places and never the text.
//!
//! `printf 'Lage ruhig\n' | cargo run --release -p verbund-guard --example check`

#![expect(clippy::print_stdout, reason = "an example speaks to who runs it")]

use std::io::stdin;

use verbund_guard::{Guard, GuardSettings};

fn main() -> std::io::Result<()> {
    let guard = Guard::new(GuardSettings::default());
    for line in stdin().lines() {
        let verdict = guard.check(&line?);
        print!("{}", verdict.outcome);
        for it in &verdict.findings {
            print!(
                "\t{} {} {} {}..{}",
                it.class, it.rule, it.severity, it.start, it.end
            );
        }
        println!();
    }
    Ok(())
}
