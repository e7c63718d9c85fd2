//! The fonts that a PDF is set in: Source Sans 3 in two weights, under the SIL Open Font License 1.1 (`fonts/OFL-1.1.md`). The
//! files are unchanged, as the licence's reserved name asks.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use crate::text::has_no_shape;

/// The family's name, as the template asks for it.
pub(crate) const FAMILY: &str = "Source Sans 3";

/// What stands for a character without a glyph; the fonts have none for U+FFFD.
const MISSING: char = '□';

/// The fonts, read once.
pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let files: [&'static [u8]; 2] = [
        include_bytes!("../fonts/SourceSans3-Regular.otf"),
        include_bytes!("../fonts/SourceSans3-Semibold.otf"),
    ];
    let fonts = files
        .map(|file| Font::new(Bytes::new(file), 0).expect("the fonts were vendored as they are"));
    Fonts {
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// The fonts and what they are called.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    fonts: [Font; 2],
}

impl Fonts {
    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// The text as far as it can be set. What has no glyph is an empty box, since PDF/UA-1 forbids text that can't be
    /// seen; what has no shape of its own is left out.
    pub(crate) fn settable(&self, text: &str) -> String {
        text.chars()
            .filter(|&character| !has_no_shape(character))
            .map(|character| {
                if self.covers(character) {
                    character
                } else {
                    MISSING
                }
            })
            .collect()
    }

    fn covers(&self, character: char) -> bool {
        // What private code points look like is no text.
        let private = ('\u{E000}'..='\u{F8FF}').contains(&character) || character >= '\u{F0000}';
        !private
            && self
                .fonts
                .iter()
                .all(|font| font.info().coverage.contains(u32::from(character)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_and_its_neighbours_can_be_set() {
        let text = "äöüÄÖÜßẞéèçñøåłńśżşğıőěšč „“‚‘»«›‹–—…·•§€°²³½×±≤≥→←✓ Привет Αθήνα 0123456789\u{A0}\u{202F}\u{2009}";
        assert_eq!(FONTS.settable(text), text);
        assert!(FONTS.fonts.iter().all(|font| font.info().family == FAMILY));
    }

    #[test]
    fn what_has_no_glyph_shows_that_something_is_missing() {
        assert_eq!(FONTS.settable("a😀b漢\u{E000}c"), "a□b□□c");
        assert_eq!(
            FONTS.settable("Spritzen\u{AD}fund\u{200B}e\u{FE0F}"),
            "Spritzenfunde"
        );
    }
}
