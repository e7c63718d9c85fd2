//! Running text in lines no wider than a terminal.

/// Lines of text with their indents.
#[derive(Debug)]
pub(crate) struct Paragraphs {
    lines: Vec<String>,
    width: usize,
}

/// Narrower than this nothing can be read.
const WIDTH_MIN: usize = 20;

impl Paragraphs {
    /// No line yet; each will have `width` signs at most, but for words that are longer.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            lines: Vec::new(),
            width,
        }
    }

    /// Adds a text. What doesn't fit into one line goes on further in, so that one sees where the next begins.
    pub(crate) fn put(&mut self, indent: usize, said: &str) {
        let width = self.width.saturating_sub(indent).max(WIDTH_MIN);
        let mut line = String::new();
        let mut signs = 0;
        for word in said.split(' ') {
            let length = word.chars().count();
            if signs > 0 && signs + 1 + length > width {
                self.lines
                    .push(format!("{:indent$}{}", "", line.trim_end()));
                line = format!("  {word}");
                signs = length + 2;
            } else {
                if signs > 0 {
                    line.push(' ');
                    signs += 1;
                }
                line.push_str(word);
                signs += length;
            }
        }
        self.lines
            .push(format!("{:indent$}{}", "", line.trim_end()));
    }

    /// Adds a heading with a rule below it, and room above.
    pub(crate) fn heading(&mut self, said: &str) {
        self.lines.push(String::new());
        self.put(0, said);
        let rule = said.chars().count().min(self.width);
        self.lines.push("─".repeat(rule));
    }

    /// All lines.
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        let mut text = Paragraphs::new(24);
        text.put(2, "Weniger Glas am Brunnen als im Vormonat.");
        text.heading("Lage");
        assert_eq!(
            text.text(),
            "  Weniger Glas am\n    Brunnen als im\n    Vormonat.\n\nLage\n────"
        );
    }

    #[test]
    fn no_line_ends_in_blanks() {
        let mut text = Paragraphs::new(20);
        text.put(0, "Theaterplatz  sinkend  ");
        assert_eq!(text.text(), "Theaterplatz\n  sinkend");
    }

    #[test]
    fn a_long_word_is_left_whole() {
        let mut text = Paragraphs::new(10);
        let word = "a".repeat(40);
        text.put(0, &word);
        assert_eq!(text.text(), word);
    }
}
