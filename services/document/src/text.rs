//! What of a text is shown: the same in every format, so that no two of them can be read differently.

use crate::document::Inline;

/// What stands for a character that isn't shown.
const REPLACEMENT: char = '\u{FFFD}';

/// A stretch of a line with one weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) strong: bool,
    pub(crate) text: String,
}

/// The text as one line: line breaks and runs of spaces are a space each, none at its ends.
pub(crate) fn line(text: &str) -> String {
    lines(text).join(" ")
}

/// The lines of a text, none of them empty.
pub(crate) fn lines(text: &str) -> Vec<String> {
    lines_of(&[(text, false)])
        .into_iter()
        .map(|runs| runs.into_iter().map(|run| run.text).collect())
        .collect()
}

/// The lines of a paragraph, none of them empty. No strong run begins or ends with a space, and no two neighbours have the same
/// weight.
pub(crate) fn paragraph(inlines: &[Inline]) -> Vec<Vec<Run>> {
    lines_of(&inlines.iter().map(Inline::parts).collect::<Vec<_>>())
}

/// Whether nothing of the text can be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    line(text)
        .chars()
        .all(|character| character.is_whitespace() || has_no_shape(character))
}

/// Joiners, selectors, fillers, and hyphens that show only where a line breaks.
pub(crate) fn has_no_shape(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn lines_of(parts: &[(&str, bool)]) -> Vec<Vec<Run>> {
    let mut lines = Vec::new();
    let mut line: Vec<(char, bool)> = Vec::new();
    for (text, strong) in parts {
        for character in text.chars() {
            match character {
                '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    lines.extend(runs(&mut line));
                }
                ' ' | '\t' => {
                    // Only plain spaces are collapsed: the others were chosen for their width.
                    if line.last().is_none_or(|(before, _)| *before != ' ') {
                        line.push((' ', *strong));
                    }
                }
                _ => line.push((shown(character), *strong)),
            }
        }
    }
    lines.extend(runs(&mut line));
    lines
}

/// The runs of a line, which is taken; nothing if it has but space.
fn runs(line: &mut Vec<(char, bool)>) -> Option<Vec<Run>> {
    let mut line = std::mem::take(line);
    // A space is strong only between two strong words: Markdown knows no strong text that begins or ends with a space.
    for from_start in [true, false] {
        let mut beside = false;
        let mut weigh = |(character, strong): &mut (char, bool)| {
            if character.is_whitespace() {
                *strong &= beside;
            } else {
                beside = *strong;
            }
        };
        match from_start {
            true => line.iter_mut().for_each(&mut weigh),
            false => line.iter_mut().rev().for_each(&mut weigh),
        }
    }
    let first = line
        .iter()
        .position(|(character, _)| !character.is_whitespace())?;
    let last = line
        .iter()
        .rposition(|(character, _)| !character.is_whitespace())?;
    let mut runs: Vec<Run> = Vec::new();
    for (character, strong) in line.drain(first..=last) {
        match runs.last_mut() {
            Some(run) if run.strong == strong => run.text.push(character),
            _ => runs.push(Run {
                strong,
                text: character.into(),
            }),
        }
    }
    Some(runs)
}

/// Control characters do things to a reader's screen, and those that turn the direction of writing let a text read as another.
fn shown(character: char) -> char {
    let turns = matches!(
        character,
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    );
    if character.is_control() || turns {
        REPLACEMENT
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Inline {
        Inline::Plain(text.into())
    }

    fn strong(text: &str) -> Inline {
        Inline::Strong(text.into())
    }

    fn shape(inlines: &[Inline]) -> Vec<String> {
        paragraph(inlines)
            .into_iter()
            .map(|line| {
                line.into_iter()
                    .map(|run| {
                        if run.strong {
                            format!("<{}>", run.text)
                        } else {
                            run.text
                        }
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn every_line_break_is_one() {
        assert_eq!(
            lines("a\nb\r\nc\u{2028}d\n\n  \n e \n"),
            ["a", "b", "c", "d", "e"]
        );
        assert_eq!(line(" a\n\n\tb  c "), "a b c");
        assert_eq!(lines(" \n\t "), Vec::<String>::new());
    }

    #[test]
    fn what_acts_on_the_reader_is_replaced() {
        assert_eq!(
            line("a\u{1b}[2J\u{202E}b\0"),
            "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}"
        );
        assert_eq!(
            line("größer\u{A0}als 5\u{2009}°C"),
            "größer\u{A0}als 5\u{2009}°C"
        );
    }

    #[test]
    fn a_text_that_nobody_sees_is_blank() {
        assert!(
            ["", " \n", "\u{A0}\u{3000}", "\u{200B}\u{FEFF} \u{AD}"]
                .into_iter()
                .all(is_blank)
        );
        assert!(!["a", "-", "\0"].into_iter().any(is_blank));
    }

    #[test]
    fn strong_text_ends_with_its_words() {
        assert_eq!(
            shape(&[plain("a"), strong(" b c "), plain("d")]),
            ["a <b c> d"]
        );
        assert_eq!(shape(&[strong("a "), strong(" b")]), ["<a b>"]);
        assert_eq!(
            shape(&[plain("a"), strong(" \u{A0} "), plain("b")]),
            ["a \u{A0} b"]
        );
        assert_eq!(shape(&[strong("a\nb "), plain("c")]), ["<a>", "<b> c"]);
    }
}
