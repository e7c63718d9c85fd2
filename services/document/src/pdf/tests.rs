//! The file is read again by an independent reader: what it says it is, its structure, its text and its fonts.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Object};
use proptest::prelude::*;

use super::*;
use crate::document::tests::protocol;
use crate::document::{
    BLOCKS_MAX, CHARACTERS_MAX, COLUMNS_MAX, Column, FACTS_MAX, Inline, LINE_MAX, PARAGRAPH_MAX,
    ROWS_MAX,
};

fn at() -> Timestamp {
    "2026-11-27T10:00:00Z".parse().unwrap()
}

fn with(blocks: Vec<Block>) -> Document {
    Document {
        blocks,
        ..protocol()
    }
}

struct Read {
    file: lopdf::Document,
}

impl Read {
    fn new(document: &Document) -> Self {
        let bytes = pdf(document, at()).unwrap();
        Self {
            file: lopdf::Document::load_mem(&bytes).unwrap(),
        }
    }

    fn resolved<'a>(&'a self, object: &'a Object) -> &'a Object {
        self.file.dereference(object).unwrap().1
    }

    fn field<'a>(&'a self, dictionary: &'a Dictionary, name: &str) -> Option<&'a Object> {
        dictionary
            .get(name.as_bytes())
            .ok()
            .map(|object| self.resolved(object))
    }

    fn catalog(&self) -> &Dictionary {
        self.file.catalog().unwrap()
    }

    fn string(&self, dictionary: &Dictionary, name: &str) -> String {
        lopdf::decode_text_string(self.field(dictionary, name).unwrap()).unwrap()
    }

    fn metadata(&self) -> String {
        let stream = self
            .field(self.catalog(), "Metadata")
            .unwrap()
            .as_stream()
            .unwrap();
        String::from_utf8(stream.content.clone()).unwrap()
    }

    /// The structure's elements in reading order as `tag` or `tag scope`.
    fn structure(&self) -> Vec<String> {
        let root = self.field(self.catalog(), "StructTreeRoot").unwrap();
        let mut found = Vec::new();
        self.visit(root, &mut found);
        found
    }

    fn visit(&self, element: &Object, found: &mut Vec<String>) {
        match element {
            Object::Array(elements) => {
                elements
                    .iter()
                    .for_each(|element| self.visit(self.resolved(element), found));
            }
            Object::Dictionary(element) => {
                if let Some(Object::Name(tag)) = self.field(element, "S") {
                    let mut name = String::from_utf8_lossy(tag).into_owned();
                    for attributes in self.attributes(element) {
                        if let Some(Object::Name(scope)) = self.field(attributes, "Scope") {
                            name.push_str(&format!(" {}", String::from_utf8_lossy(scope)));
                        }
                    }
                    found.push(name);
                }
                if let Some(kids) = self.field(element, "K") {
                    self.visit(kids, found);
                }
            }
            _ => {}
        }
    }

    fn attributes<'a>(&'a self, element: &'a Dictionary) -> Vec<&'a Dictionary> {
        match self.field(element, "A") {
            Some(Object::Dictionary(attributes)) => vec![attributes],
            Some(Object::Array(all)) => all
                .iter()
                .filter_map(|object| self.resolved(object).as_dict().ok())
                .collect(),
            _ => vec![],
        }
    }

    fn pages(&self) -> usize {
        self.file.get_pages().len()
    }

    fn text(&self) -> String {
        let pages: Vec<u32> = self.file.get_pages().into_keys().collect();
        self.file.extract_text(&pages).unwrap()
    }

    /// The text without anything that only the layout made: spaces, hyphens at line ends, places to break.
    fn letters(&self) -> String {
        letters(&self.text())
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn it_says_that_it_is_pdf_ua_1() {
    let read = Read::new(&protocol());
    let metadata = read.metadata();
    assert!(
        metadata.contains("<pdfuaid:part>1</pdfuaid:part>"),
        "{metadata}"
    );
    assert!(
        metadata.contains("Protokoll der Sicherheitsbesprechung"),
        "{metadata}"
    );
    let catalog = read.catalog();
    let marks = read.field(catalog, "MarkInfo").unwrap().as_dict().unwrap();
    assert_eq!(read.field(marks, "Marked"), Some(&Object::Boolean(true)));
    assert_eq!(read.string(catalog, "Lang"), "de-DE");
    let view = read
        .field(catalog, "ViewerPreferences")
        .unwrap()
        .as_dict()
        .unwrap();
    assert_eq!(
        read.field(view, "DisplayDocTitle"),
        Some(&Object::Boolean(true))
    );
    let info = read
        .field(&read.file.trailer, "Info")
        .unwrap()
        .as_dict()
        .unwrap();
    assert_eq!(
        read.string(info, "Title"),
        "Protokoll der Sicherheitsbesprechung"
    );
    assert_eq!(read.string(info, "CreationDate"), "D:20261127100000Z");
    let english = Document {
        language: Language::English,
        ..protocol()
    };
    let english = Read::new(&english);
    assert_eq!(english.string(english.catalog(), "Lang"), "en-GB");
}

#[test]
fn its_structure_is_the_documents() {
    let row = |first: &str| format!("TR,{first},TD,TD");
    // The paragraph has a strong word; the notice is one too, and so is the subtitle.
    let expected = [
        "Document",
        "Title",
        "P",
        "Table,TR,TH Row,TD,TR,TH Row,TD,TR,TH Row,TD",
        "P",
        "H1",
        "P",
        "H2",
        "L,LI,Lbl,LBody,LI,Lbl,LBody",
        "Table,Caption,TR,TH Column,TH Column,TH Column",
        &row("TH Row"),
        &row("TH Row"),
    ];
    let read = Read::new(&protocol());
    let mut found = read.structure();
    // Spans carry the look of a text.
    found.retain(|tag| tag != "Span" && tag != "Strong");
    assert_eq!(found.join(","), expected.join(","));
}

#[test]
fn its_text_is_the_documents() {
    let text = Read::new(&protocol()).text();
    for part in [
        "Protokoll der Sicherheitsbesprechung",
        "Jour fixe am Theaterplatz, 27. November 2026",
        "jour-fixe-2026-kod-3",
        "Die Polizei hat sich nicht geäußert.",
        "größere Straßenzüge",
        "Spritzenfunde melden",
        "Südbahnhof",
        "Seite 1 von 1",
        "Fingerabdruck 4f2a",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let english = Document {
        language: Language::English,
        ..protocol()
    };
    assert!(Read::new(&english).text().contains("Page 1 of 1"));
}

#[test]
fn every_page_says_what_it_is_of() {
    let title = "Sicherheitskonzept ".repeat(10);
    let document = Document {
        title,
        ..everything(100)
    };
    let read = Read::new(&document);
    let pages: Vec<u32> = read.file.get_pages().into_keys().collect();
    assert!(pages.len() > 2);
    for page in &pages {
        let text = read.file.extract_text(&[*page]).unwrap();
        assert!(
            text.contains(&format!("Seite {page} von {}", pages.len())),
            "{text}"
        );
        assert!(text.contains("Fingerabdruck 4f2a"), "{text}");
        assert_eq!(text.contains("Sich…"), *page > 1, "{text}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let document = everything(40);
    let first = pdf(&document, at()).unwrap();
    // Another one between, so that what the typesetter remembers differs.
    let other = pdf(&protocol(), at()).unwrap();
    assert_eq!(first, pdf(&document, at()).unwrap());
    assert_eq!(other, pdf(&protocol(), at()).unwrap());
    assert_ne!(
        other,
        pdf(&protocol(), at() + jiff::SignedDuration::from_secs(1)).unwrap()
    );
}

#[test]
fn all_fonts_are_in_the_file() {
    let read = Read::new(&everything(1));
    let mut names = BTreeMap::new();
    for object in read.file.objects.values() {
        let Ok(font) = object.as_dict() else { continue };
        if read.field(font, "Type") == Some(&Object::Name(b"FontDescriptor".to_vec())) {
            let embedded = ["FontFile2", "FontFile3"]
                .iter()
                .any(|f| read.field(font, f).is_some());
            let name = read.field(font, "FontName").unwrap().as_name().unwrap();
            names.insert(String::from_utf8_lossy(name).into_owned(), embedded);
        }
    }
    assert!(
        names.len() == 2 && names.values().all(|embedded| *embedded),
        "{names:?}"
    );
    assert!(
        names.keys().all(|name| name.contains("SourceSans3")),
        "{names:?}"
    );
}

#[test]
fn no_text_is_read_as_markup() {
    let hostile = "#let x = 1 *a* _b_ $c$ = d @e <f> [g] `h` #image(\"/etc/passwd\") \\ // i /* j */ https://k.de #sys.inputs";
    let read = Read::new(&with(vec![
        Block::heading(1, hostile),
        Block::paragraph(hostile),
        Block::Paragraph(vec![Inline::Strong(hostile.into())]),
        Block::List(vec![hostile.into(), "- x\n+ y\n/ z: a".into()]),
        Block::Note(hostile.into()),
        Block::Table(Table {
            caption: hostile.into(),
            columns: vec![Column::text(hostile), Column::number(hostile)],
            rows: vec![vec![hostile.into(), hostile.into()]],
            row_headers: true,
        }),
    ]));
    assert!(
        read.letters().matches(&letters(hostile)).count() >= 8,
        "{}",
        read.text()
    );
    let found = read.structure();
    let count = |tag: &str| found.iter().filter(|t| *t == tag).count();
    assert_eq!(
        (
            count("H1"),
            count("H2"),
            count("LI"),
            count("Link"),
            count("Formula")
        ),
        (1, 0, 2, 0, 0)
    );
    assert!(read.file.objects.values().all(|object| {
        object.as_dict().map_or(true, |d| {
            d.get(b"Subtype").ok() != Some(&Object::Name(b"Link".to_vec()))
        })
    }));
}

#[test]
fn what_no_font_has_shows_as_missing_and_harms_nothing() {
    let odd = "a😀b 漢字 \u{202E}\u{0}\u{7} שלום \u{E000} e\u{301}o\u{308} \u{FDD0} 👨‍👩‍👧 क्ष \u{1F1E9}\u{1F1EA}";
    let document = Document {
        title: odd.into(),
        footer: odd.into(),
        facts: vec![(odd.into(), odd.into())],
        blocks: vec![
            Block::heading(1, odd),
            Block::paragraph(odd),
            Block::Note("😀".into()),
        ],
        ..protocol()
    };
    let text = Read::new(&document).text();
    assert!(text.contains("a□b"), "{text:?}");
    let only = Document {
        title: "漢".into(),
        ..with(vec![Block::heading(1, "\u{200B}漢")])
    };
    assert!(pdf(&only, at()).is_ok());
}

#[test]
fn empty_parts_are_no_trouble() {
    let table = |rows: Vec<Vec<String>>| {
        Block::Table(Table {
            caption: String::new(),
            columns: vec![Column::text(""), Column::number("")],
            rows,
            row_headers: true,
        })
    };
    let blocks = vec![
        Block::paragraph(" "),
        Block::Paragraph(vec![]),
        Block::Note("\n".into()),
        Block::List(vec![]),
        Block::List(vec![String::new()]),
        table(vec![]),
        table(vec![vec![String::new(); 2]]),
    ];
    let empty = Document {
        subtitle: None,
        facts: vec![(String::new(), String::new())],
        footer: String::new(),
        ..with(blocks)
    };
    assert_eq!(Read::new(&empty).pages(), 1);
    assert!(
        pdf(
            &Document {
                facts: vec![],
                blocks: vec![],
                ..empty
            },
            at()
        )
        .is_ok()
    );
}

#[test]
fn a_heading_of_nothing_visible_is_refused_in_our_words() {
    for text in ["\u{200B}", "\u{FEFF}\u{AD}"] {
        let error = pdf(&with(vec![Block::heading(1, text)]), at()).unwrap_err();
        assert_eq!(error, DocumentError::Empty("a heading"));
        let error = pdf(
            &Document {
                title: text.into(),
                ..protocol()
            },
            at(),
        )
        .unwrap_err();
        assert_eq!(error, DocumentError::Empty("the title"));
    }
}

#[test]
fn nothing_leaves_the_page() {
    let long = "x".repeat(LINE_MAX);
    let digest = "0123456789abcdef".repeat(16);
    let table = |columns: usize, numeric| {
        Block::Table(Table {
            caption: long.clone(),
            columns: vec![
                Column {
                    name: digest.clone(),
                    numeric
                };
                columns
            ],
            rows: vec![vec![digest.clone(); columns]; 2],
            row_headers: true,
        })
    };
    let document = Document {
        title: long.clone(),
        subtitle: Some(digest.clone()),
        facts: vec![(long.clone(), digest.clone())],
        blocks: vec![
            Block::heading(1, long.clone()),
            Block::paragraph(digest.clone()),
            Block::List(vec![digest.clone()]),
            Block::Note(digest.clone()),
            table(2, false),
            table(COLUMNS_MAX, true),
        ],
        footer: digest.clone(),
        ..protocol()
    };
    let frames = {
        let world = Template::new(&document, &[]);
        typst::compile::<PagedDocument>(&world).output.unwrap()
    };
    for page in frames.pages() {
        right_edges(&page.frame, 0.0, &mut |edge, text| {
            assert!(edge <= 595.0 - 40.0, "{text:?} reaches {edge} pt");
        });
    }
}

/// Visits each text of a page with the place where it ends.
fn right_edges(frame: &typst::layout::Frame, left: f64, visit: &mut impl FnMut(f64, &str)) {
    use typst::layout::FrameItem;
    for (point, item) in frame.items() {
        let x = left + point.x.to_pt();
        match item {
            FrameItem::Group(group) => right_edges(&group.frame, x, visit),
            FrameItem::Text(text) => visit(x + text.width().to_pt(), &text.text),
            _ => {}
        }
    }
}

/// Documents as large as they may be, of each shape that is slow to set.
fn at_the_bounds() -> Vec<(&'static str, Document)> {
    let word = "Sicherheitskonzept der Stadt, Übergänge und Zuständigkeiten: ";
    let text = |characters: usize| word.chars().cycle().take(characters).collect::<String>();
    let paragraphs =
        vec![Block::paragraph(text(PARAGRAPH_MAX)); CHARACTERS_MAX / PARAGRAPH_MAX - 1];
    let unbroken = vec![Block::paragraph("x".repeat(PARAGRAPH_MAX)); 24];
    let mut many = vec![Block::heading(1, "Lage"); BLOCKS_MAX];
    for (place, block) in many.iter_mut().enumerate() {
        match place % 3 {
            1 => *block = Block::Note(text(190)),
            2 => *block = Block::paragraph(text(190)),
            _ => {}
        }
    }
    let table = |columns: usize, rows: usize, characters: usize| {
        Block::Table(Table {
            caption: "Meldungen".into(),
            columns: vec![Column::text("Ort"); columns],
            rows: vec![vec![text(characters); columns]; rows],
            row_headers: true,
        })
    };
    vec![
        ("long paragraphs", with(paragraphs)),
        ("unbroken words", with(unbroken)),
        ("many blocks", with(many)),
        (
            "one wide table",
            with(vec![table(COLUMNS_MAX, ROWS_MAX, 10)]),
        ),
        (
            "one list",
            with(vec![Block::List(vec![text(130); ROWS_MAX])]),
        ),
        ("large cells", with(vec![table(2, 12, PARAGRAPH_MAX - 1)])),
        ("many tables", with(vec![table(3, 1, 60); BLOCKS_MAX])),
        (
            "all facts",
            Document {
                facts: vec![(text(LINE_MAX), text(LINE_MAX)); FACTS_MAX],
                ..protocol()
            },
        ),
    ]
}

#[test]
fn a_document_at_its_bounds_is_set() {
    for (shape, document) in at_the_bounds() {
        document.check().unwrap();
        let bytes = pdf(&document, at()).unwrap();
        let pages = lopdf::Document::load_mem(&bytes).unwrap().get_pages().len();
        assert!((10..300).contains(&pages), "{shape}: {pages} pages");
    }
}

/// A longer document with all that there is, `rows` rows in its table.
fn everything(rows: usize) -> Document {
    let mut document = protocol();
    for level in 1..=4 {
        document
            .blocks
            .push(Block::heading(level, format!("Ebene {level}")));
        document
            .blocks
            .push(Block::paragraph("Erste Zeile\nZweite Zeile"));
    }
    document.blocks.push(Block::Table(Table {
        caption: String::new(),
        columns: vec![Column::text("Ort"), Column::number("Anzahl")],
        rows: (0..rows)
            .map(|row| vec![format!("Ort {row}"), row.to_string()])
            .collect(),
        row_headers: false,
    }));
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_is_written_can_be_set(text in "\\PC{1,80}|[\\u{0}-\\u{10FFFF}]{1,40}") {
        let document = Document {
            title: format!("x{text}"),
            footer: text.clone(),
            ..with(vec![
                Block::heading(1, format!("x{text}")),
                Block::paragraph(text.clone()),
                Block::Table(Table {
                    caption: text.clone(),
                    columns: vec![Column::text(text.clone())],
                    rows: vec![vec![text]],
                    row_headers: true,
                }),
            ])
        };
        prop_assert!(pdf(&document, at()).is_ok());
    }
}
