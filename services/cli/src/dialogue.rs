//! Questions to a person at a terminal. Whoever calls decides that there is one.

use std::fmt::Display;
use std::io::{BufRead, Write};

use crate::exit::failure;
use crate::text::{self, Text};

/// After so many wrong answers somebody else than a person is answering.
const TRIES: usize = 5;

/// Asks on one stream and hears on another.
pub(crate) struct Dialogue<R, W> {
    input: R,
    out: W,
}

impl<R: BufRead, W: Write> Dialogue<R, W> {
    pub(crate) fn new(input: R, out: W) -> Self {
        Self { input, out }
    }

    /// Asks until the answer can be read; an empty one is the default's.
    ///
    /// # Errors
    /// When there is no answer any more, or none that can be read.
    pub(crate) fn ask<T, E: Display>(
        &mut self,
        question: Text,
        default: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> anyhow::Result<T> {
        for _ in 0..TRIES {
            if default.is_empty() {
                write!(self.out, "{question}: ")?;
            } else {
                write!(self.out, "{question} [{default}]: ")?;
            }
            self.out.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 {
                break;
            }
            let answer = match line.trim() {
                "" => default,
                answer => answer,
            };
            match read(answer) {
                Ok(value) => return Ok(value),
                Err(error) => writeln!(self.out, "  {error}")?,
            }
        }
        Err(failure(text::INTERRUPTED.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(answers: &str) -> (anyhow::Result<u16>, String) {
        let mut out = Vec::new();
        let answer = Dialogue::new(answers.as_bytes(), &mut out).ask(
            Text::new("Port", "Port"),
            "7443",
            str::parse,
        );
        (answer, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_wrong_answer_is_told_and_asked_again() {
        let (answer, out) = asked("none\n 80 \n");
        assert_eq!(answer.unwrap(), 80);
        assert_eq!(out.matches("Port [7443]: ").count(), 2, "{out}");
        assert_eq!(asked("\n").0.unwrap(), 7443);
    }

    #[test]
    fn who_does_not_answer_is_not_asked_for_ever() {
        assert!(asked("").0.is_err());
        assert!(asked(&"none\n".repeat(100)).0.is_err());
    }
}
