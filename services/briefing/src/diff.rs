//! What differs between two texts, word by word.
//!
//! Bounded: texts of a protocol have at most 2,000 characters, which is some hundreds of words. Longer ones are shown as a whole,
//! old and new.

/// The most pairs of words that are compared with each other: two texts of the greatest length.
const PAIRS_MAX: usize = 1 << 21;

/// A piece of text, and whether it is only in one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it is.
    pub(crate) side: Side,
    /// What it says.
    pub(crate) text: String,
}

/// Where a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// In both.
    Both,
    /// Only in the old one.
    Old,
    /// Only in the new one.
    New,
}

impl Piece {
    /// It was taken out.
    pub(crate) fn is_old(&self) -> bool {
        self.side == Side::Old
    }

    /// It was put in.
    pub(crate) fn is_new(&self) -> bool {
        self.side == Side::New
    }
}

/// What differs, in the order of the text; of a place where something was replaced, first what was there.
pub(crate) fn diff(old: &str, new: &str) -> Vec<Piece> {
    let (old, new): (Vec<&str>, Vec<&str>) = (words(old), words(new));
    let same_start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[same_start..], &new[same_start..]);
    let pairs = old_rest.iter().rev().zip(new_rest.iter().rev());
    let same_end = pairs.take_while(|(a, b)| a == b).count();
    let mut pieces = Pieces::default();
    pieces.push_all(Side::Both, &old[..same_start]);
    between(
        &mut pieces,
        &old_rest[..old_rest.len() - same_end],
        &new_rest[..new_rest.len() - same_end],
    );
    pieces.push_all(Side::Both, &old_rest[old_rest.len() - same_end..]);
    pieces.0
}

/// Words, each with the space after it.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}

/// What differs where both begin and end differently, by the longest common sequence of words.
fn between(pieces: &mut Pieces, old: &[&str], new: &[&str]) {
    if old.is_empty() || new.is_empty() || old.len() * new.len() > PAIRS_MAX {
        pieces.push_all(Side::Old, old);
        pieces.push_all(Side::New, new);
        return;
    }
    // lengths[i * width + j]: of the longest common sequence of old[i..] and new[j..].
    let width = new.len() + 1;
    let mut lengths = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            pieces.push(Side::Both, old[i]);
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            pieces.push(Side::Old, old[i]);
            i += 1;
        } else {
            pieces.push(Side::New, new[j]);
            j += 1;
        }
    }
    pieces.push_all(Side::Old, &old[i..]);
    pieces.push_all(Side::New, &new[j..]);
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push_all(&mut self, side: Side, words: &[&str]) {
        for word in words {
            self.push(side, word);
        }
    }

    /// Puts a word to what is on its side since the last word that both have.
    fn push(&mut self, side: Side, word: &str) {
        let last_common = self.0.iter().rposition(|it| it.side == Side::Both);
        let since = last_common.map_or(0, |at| at + 1);
        let open = match side {
            Side::Both => last_common.filter(|_| since == self.0.len()),
            Side::Old | Side::New => (since..self.0.len()).find(|at| self.0[*at].side == side),
        };
        match open {
            Some(at) => self.0[at].text.push_str(word),
            // What was there comes before what is there now.
            None => {
                let at = if side == Side::Old {
                    since
                } else {
                    self.0.len()
                };
                let text = word.to_owned();
                self.0.insert(at, Piece { side, text });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(old: &str, new: &str) -> String {
        let mark = |it: &Piece| match it.side {
            Side::Both => it.text.clone(),
            Side::Old => format!("[-{}]", it.text),
            Side::New => format!("[+{}]", it.text),
        };
        diff(old, new).iter().map(mark).collect()
    }

    /// What one side reads.
    fn side(pieces: &[Piece], without: Side) -> String {
        let kept = pieces.iter().filter(|it| it.side != without);
        kept.map(|it| it.text.as_str()).collect()
    }

    #[test]
    fn what_is_replaced_stands_together() {
        assert_eq!(
            marked("Müll am Platz", "Müll im Park"),
            "Müll [-am Platz][+im Park]"
        );
        assert_eq!(marked("a b c", "a c"), "a [-b ]c");
        assert_eq!(marked("", "neu"), "[+neu]");
        assert_eq!(marked("gleich", "gleich"), "gleich");
    }

    #[test]
    fn both_texts_can_be_read_from_it() {
        let texts = [
            "",
            "eins zwei drei",
            "zwei drei vier eins",
            "drei",
            "eins  zwei  drei ",
            "vier zwei eins drei zwei",
        ];
        for old in texts {
            for new in texts {
                let pieces = diff(old, new);
                assert_eq!(side(&pieces, Side::New), old, "{old:?} {new:?}");
                assert_eq!(side(&pieces, Side::Old), new, "{old:?} {new:?}");
            }
        }
    }

    #[test]
    fn texts_beyond_all_bounds_are_shown_as_a_whole() {
        let old = "a ".repeat(3_000);
        let new = "b ".repeat(3_000);
        let pieces = diff(&old, &new);
        assert_eq!(pieces.len(), 2);
    }
}
