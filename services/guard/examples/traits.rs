//! The traits that the net weighs, for its training: a line for each sentence of a labelled corpus on the standard input, with the
//! text's id, label, what the rules say of the whole text, and the traits.

#![expect(clippy::print_stdout, reason = "an example speaks to who runs it")]

use std::io::stdin;

use verbund_guard::{Guard, GuardSettings, Outcome};

fn main() -> std::io::Result<()> {
    let guard = Guard::new(GuardSettings::default());
    for line in stdin().lines() {
        let line = line?;
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, label, _, text] = fields[..] else {
            continue;
        };
        let verdict = guard.check(text);
        // What the net said before it is trained again does not count.
        let by_rules = verdict.findings.iter().any(|it| it.rule != "like-a-person");
        let outcome = if by_rules {
            verdict.outcome
        } else {
            Outcome::Pass
        };
        for sentence in guard.traits(text) {
            let traits: Vec<String> = sentence.iter().map(u32::to_string).collect();
            println!("{id}\t{label}\t{outcome}\t{}", traits.join(" "));
        }
    }
    Ok(())
}
