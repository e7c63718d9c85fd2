//! What was written is read again by an independent parser with everything switched on that makes more out of text.

use proptest::prelude::*;
use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::*;
use crate::document::tests::protocol;
use crate::document::{Column, Inline};

/// What a reader makes of a document: one string for each block, the kind first; strong text within guillemets.
fn read(markdown: &str) -> Vec<String> {
    let mut options = Options::all();
    // These change texts that look like what they want, which is no matter of structure.
    options.remove(Options::ENABLE_SMART_PUNCTUATION);
    options.remove(Options::ENABLE_OLD_FOOTNOTES);
    let mut blocks: Vec<String> = Vec::new();
    let mut quoted = false;
    let mut push = |text: &str, start: bool| match blocks.last_mut() {
        Some(last) if !start => last.push_str(text),
        _ => blocks.push(text.into()),
    };
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::Heading {
                level,
                id: None,
                classes,
                attrs,
            }) if classes.is_empty() && attrs.is_empty() => {
                push(&format!("h{}:", level as u8), true);
            }
            Event::Start(Tag::BlockQuote(None)) => quoted = true,
            Event::End(TagEnd::BlockQuote(None)) => quoted = false,
            Event::Start(Tag::Paragraph) => push(if quoted { "note:" } else { "p:" }, true),
            Event::Start(Tag::List(None)) => push("list:", true),
            Event::Start(Tag::Item) => push("(", false),
            Event::Start(Tag::Table(alignments)) => {
                let right = alignments
                    .iter()
                    .map(|a| u8::from(*a == Alignment::Right).to_string());
                push(&format!("table{}:", right.collect::<String>()), true);
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => push("[", false),
            Event::Start(Tag::TableCell) => push("(", false),
            Event::End(TagEnd::TableCell | TagEnd::Item) => push(")", false),
            Event::End(TagEnd::TableHead | TagEnd::TableRow) => push("]", false),
            Event::Start(Tag::Strong) => push("«", false),
            Event::End(TagEnd::Strong) => push("»", false),
            Event::Text(text) => push(&text, false),
            Event::HardBreak => push("\n", false),
            Event::Rule => push("rule", true),
            Event::End(
                TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::List(_) | TagEnd::Table,
            ) => {}
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    blocks
}

fn shown_strong(text: &str) -> String {
    let text = text::line(text);
    if text.is_empty() {
        text
    } else {
        format!("«{text}»")
    }
}

/// What a reader should make of the document.
fn meant(document: &Document) -> Vec<String> {
    let mut blocks = vec![format!("h1:{}", text::line(&document.title))];
    let line = |prefix: &str, text: &str| {
        Some(text::line(text))
            .filter(|t| !t.is_empty())
            .map(|text| format!("{prefix}{text}"))
    };
    blocks.extend(document.subtitle.as_ref().and_then(|text| line("p:", text)));
    if !document.facts.is_empty() {
        let facts = document.facts.iter().map(|(label, value)| {
            let both = format!(
                "{} {}",
                shown_strong(&format!("{label}:")),
                text::line(value)
            );
            format!("({})", both.trim_end())
        });
        blocks.push(format!("list:{}", facts.collect::<String>()));
    }
    for block in &document.blocks {
        match block {
            Block::Heading { level, text } => {
                blocks.push(format!("h{}:{}", level + 1, text::line(text)));
            }
            Block::Paragraph(inlines) => {
                let lines = text::paragraph(inlines).into_iter().map(|runs| {
                    let shown = runs.into_iter().map(|run| match run.strong {
                        true => format!("«{}»", run.text),
                        false => run.text,
                    });
                    shown.collect::<String>()
                });
                let text = lines.collect::<Vec<_>>().join("\n");
                blocks.extend((!text.is_empty()).then(|| format!("p:{text}")));
            }
            Block::Note(text) => {
                let text = text::lines(text).join("\n");
                blocks.extend((!text.is_empty()).then(|| format!("note:{text}")));
            }
            Block::List(items) => {
                let items = items.iter().map(|item| format!("({})", text::line(item)));
                blocks.push(format!("list:{}", items.collect::<String>()));
            }
            Block::Table(table) => {
                blocks.extend(line("p:«", &table.caption).map(|caption| caption + "»"));
                let right = table
                    .columns
                    .iter()
                    .map(|c| u8::from(c.numeric).to_string());
                let names = table
                    .columns
                    .iter()
                    .map(|c| format!("({})", text::line(&c.name)));
                let rows = table.rows.iter().map(|row| {
                    let cells = row.iter().enumerate().map(|(place, cell)| {
                        let heads = table.row_headers && place == 0;
                        let text = if heads {
                            shown_strong(cell)
                        } else {
                            text::line(cell)
                        };
                        format!("({text})")
                    });
                    format!("[{}]", cells.collect::<String>())
                });
                blocks.push(format!(
                    "table{}:[{}]{}",
                    right.collect::<String>(),
                    names.collect::<String>(),
                    rows.collect::<String>()
                ));
            }
        }
    }
    if let Some(footer) = line("p:", &document.footer) {
        blocks.push("rule".into());
        blocks.push(footer);
    }
    blocks
}

/// A document that has the text in each place where one can stand.
fn everywhere(text: &str) -> Document {
    let own = || text.to_owned();
    // What must have text begins with it all the same, unless it has none.
    let needed = if text::line(text).is_empty() {
        "x".to_owned()
    } else {
        own()
    };
    Document {
        title: needed.clone(),
        subtitle: Some(own()),
        facts: vec![(own(), own())],
        blocks: vec![
            Block::List(vec![needed.clone(), own()]),
            Block::Heading {
                level: 1,
                text: needed.clone(),
            },
            Block::Note(own()),
            Block::Paragraph(vec![
                Inline::Plain(own()),
                Inline::Strong(own()),
                Inline::Plain(own()),
            ]),
            Block::Paragraph(vec![Inline::Strong(own()), Inline::Plain(own())]),
            Block::Paragraph(vec![
                Inline::Plain("ä".into()),
                Inline::Strong(own()),
                Inline::Plain("ö".into()),
                Inline::Strong(own()),
            ]),
            Block::Table(Table {
                caption: own(),
                columns: vec![
                    Column {
                        name: needed,
                        numeric: true,
                    },
                    Column {
                        name: own(),
                        numeric: false,
                    },
                ],
                rows: vec![vec![own(), own()], vec!["x".into(), own()]],
                row_headers: true,
            }),
        ],
        footer: own(),
        ..protocol()
    }
}

const HOSTILE: [&str; 38] = [
    "# Überschrift",
    "a\n# b\n## c #",
    "a\n===\nb\n---",
    "---\ntitle: x\n---",
    "+++",
    "***",
    "1. eins\n2) zwei",
    "- [ ] a\n+ b\n* c",
    "a|b\n-|-\nc|d",
    "a\n:-",
    "| a | b |",
    "\\| a \\\\| b \\",
    "<script>alert(1)</script>",
    "<!-- a -->\n<b>b</b> <a@b.de> <https://x.de>",
    "[a](https://x.de \"t\") ![b](c) [d]: e",
    "[a]: https://x.de\n[a]",
    "[[Seite]] [^1]\n\n[^1]: Fuß",
    "https://x.de http://www.x.de WWW.x.de",
    "**a** __b__ *c* _d_ ~~e~~ ~f~ `g` ``h",
    "*a\nb*",
    "```\ncode\n```",
    "~~~",
    "    eingerückt\n\teingerückt",
    "> Zitat\n>> tiefer",
    "&amp; &#35; &copy &x;",
    "$a$ $$b$$ H^2^O a{#id .class}",
    ": Definition",
    "Begriff\n: Definition",
    "a\\\nb\\",
    "a  \nb",
    "(a) b",
    "„Zitat“ (Klammer)",
    "«»",
    "\u{A0}a\u{3000}",
    "\u{202E}a\u{0}b\u{1b}[2J",
    "12. März 2026: 5 % von 17",
    "\u{24B6} × ö·",
    "::: note\n:::",
];

#[test]
fn a_protocol_reads_well() {
    let expected = "\
# Protokoll der Sicherheitsbesprechung

Jour fixe am Theaterplatz, 27. November 2026

- **Nummer:** jour-fixe-2026-kod-3
- **Stand:** Freigegeben, Fassung 4
- **Leitung:** Kommunaler Ordnungsdienst

> Mit Vorbehalt freigegeben.\\
> Die Polizei hat sich nicht geäußert.

## Lage

Die Zahl der Fundstellen ist **gestiegen**; größere Straßenzüge sind nicht betroffen.

### Aufgaben

* Spritzenfunde melden
* Rundgänge abstimmen

**Meldungen im November**

| Ort | Anzahl | Trend |
| --- | ---: | --- |
| **Theaterplatz** | 17 | steigend |
| **Südbahnhof** | 5 | gleich |

---

Protokoll jour-fixe-2026-kod-3 · Freigegeben · Fingerabdruck 4f2a
";
    assert_eq!(markdown(&protocol()), expected);
}

#[test]
fn no_text_is_markup_wherever_it_stands() {
    for text in HOSTILE {
        let document = everywhere(text);
        let markdown = markdown(&document);
        assert_eq!(read(&markdown), meant(&document), "{text:?} in\n{markdown}");
    }
}

#[test]
fn headings_keep_their_rank_and_never_leave_it() {
    let level = |level| {
        markdown(&Document {
            blocks: vec![Block::heading(level, "x")],
            facts: vec![],
            subtitle: None,
            footer: String::new(),
            ..protocol()
        })
    };
    assert!(level(4).ends_with("\n##### x\n"));
    // A document that wasn't checked is written too.
    assert!(level(0).ends_with("\n## x\n"));
    assert!(level(9).ends_with("\n##### x\n"));
    assert_eq!(HeadingLevel::H5 as u8, 5);
}

#[test]
fn two_lists_stay_two() {
    let list = || Block::List(vec!["a".into()]);
    let document = Document {
        blocks: vec![list(), list(), list()],
        ..protocol()
    };
    assert_eq!(read(&markdown(&document)), meant(&document));
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_the_same(
        text in "([-#*_+=|~`<>&:.(){}\\[\\]\\\\!1a \n\tw/@$^äß„\u{A0}]|\\PC){0,24}",
    ) {
        let document = everywhere(&text);
        let markdown = markdown(&document);
        prop_assert_eq!(read(&markdown), meant(&document), "{}", markdown);
    }
}
