//! The embedded lexicon: which words the language has, and which of them are names, places or persons.
//!
//! It is one file, the same on every node, so that a sender and a receiver judge alike. `lexicon/SOURCES.md` says what it is
//! made of and `lexicon/generate.py` how. A word is looked up in the guard's own spelling: small letters, umlauts and sharp s
//! written out, other accents dropped. What is not in it as a whole may still be a compound of what is.

use std::sync::LazyLock;

use fst::raw::Fst;

/// What the lexicon knows of a word. The bits are those of `lexicon/generate.py`.
pub(crate) mod bits {
    /// A noun.
    pub(crate) const NOUN: u64 = 1;
    /// A word of any other kind.
    pub(crate) const WORD: u64 = 1 << 1;
    /// A first name.
    pub(crate) const FIRST: u64 = 1 << 2;
    /// A surname.
    pub(crate) const LAST: u64 = 1 << 3;
    /// A town, a country, a river.
    pub(crate) const PLACE: u64 = 1 << 4;
    /// A noun of persons.
    pub(crate) const PERSON: u64 = 1 << 5;
    /// Of a noun of persons: may mean one.
    pub(crate) const SINGULAR: u64 = 1 << 6;
    /// Of a noun of persons: may mean several.
    pub(crate) const PLURAL: u64 = 1 << 7;
    /// Of a noun of persons: women.
    pub(crate) const FEMININE: u64 = 1 << 8;
    /// May end a compound.
    pub(crate) const HEAD: u64 = 1 << 9;
    /// May begin a compound.
    pub(crate) const STEM: u64 = 1 << 10;
    /// A proper name of something else: a brand, a feast, a star.
    pub(crate) const PROPER: u64 = 1 << 11;
}

static GERMAN: LazyLock<Fst<&'static [u8]>> = LazyLock::new(|| {
    Fst::new(include_bytes!("../lexicon/german.fst").as_slice())
        .expect("the embedded lexicon is whole; a test reads every word of it")
});

/// Longest word that is taken apart. The longest that notes have are below fifty letters.
pub(crate) const WORD_MAX: usize = 64;

/// Most parts of a compound.
const PARTS_MAX: usize = 5;

/// Words of three letters that begin or end compounds. Others do so too, but then almost any name could be taken apart.
const SHORT: &[&str] = &[
    "amt", "arm", "art", "arzt", "bad", "bau", "bus", "bahn", "eck", "ei", "eis", "erd", "fuss",
    "fund", "gas", "hof", "hut", "jahr", "not", "ohr", "oel", "ort", "pol", "rad", "rat", "reh",
    "rot", "see", "tag", "tat", "tee", "test", "tor", "tod", "tuer", "tuv", "typ", "uhr", "ufer",
    "vor", "weg", "zug", "zoo", "gut", "neu", "alt", "bio", "oeko", "aus", "mit", "hoch", "ruf",
    "mut", "los", "lob", "ton", "akt", "abo",
];

/// First parts that are no nouns.
const PREFIXES: &[&str] = &[
    "abend",
    "allgemein",
    "auf",
    "aus",
    "aussen",
    "bei",
    "doppel",
    "dreh",
    "durch",
    "ein",
    "einzel",
    "erst",
    "ersatz",
    "fach",
    "fern",
    "fest",
    "gegen",
    "gesamt",
    "gross",
    "haupt",
    "hinter",
    "hoch",
    "innen",
    "kann",
    "klein",
    "kurz",
    "lang",
    "mehr",
    "miss",
    "mit",
    "mittel",
    "nach",
    "neben",
    "neu",
    "nicht",
    "ober",
    "probe",
    "rueck",
    "schnell",
    "schwer",
    "selbst",
    "sonder",
    "teil",
    "tief",
    "ueber",
    "um",
    "un",
    "unter",
    "viel",
    "voll",
    "vor",
    "vorder",
    "weiter",
    "wieder",
    "zusatz",
    "zwischen",
    "pfarr",
    "schul",
    "kirch",
    "sprach",
    "miet",
    "grenz",
    "hilfs",
    "wasch",
    "wohn",
    "sprech",
    "ein",
    "an",
    "ab",
    "zu",
    "sued",
    "nord",
    "ost",
    "west",
    "info",
    "ultra",
    "super",
    "mega",
    "mini",
    "mikro",
    "makro",
    "multi",
    "inter",
    "anti",
    "auto",
    "bio",
    "geo",
    "foto",
    "video",
    "audio",
    "tele",
    "elektro",
    "energie",
    "sozial",
    "kultur",
    "kommunal",
    "online",
    "web",
    "dreier",
    "vierer",
    "fuenfer",
    "zweier",
    "jugend",
    "kinder",
    "senioren",
    "frauen",
    "maenner",
    "bar",
    "riesen",
    "schwerst",
    "spezial",
    "standard",
    "extra",
    "intensiv",
    "quer",
    "rueckwaerts",
    "wechsel",
    "wander",
    "liefer",
];

/// Last parts of German surnames. A compound of two short parts that ends so is more likely somebody than something.
const OF_SURNAMES: &[&str] = &[
    "ach",
    "acker",
    "au",
    "bach",
    "bacher",
    "bauer",
    "baum",
    "beck",
    "beil",
    "berg",
    "berger",
    "born",
    "brand",
    "brecht",
    "brink",
    "bruch",
    "brueck",
    "buhl",
    "burg",
    "burger",
    "busch",
    "dahl",
    "dorf",
    "dorfer",
    "eck",
    "eder",
    "eisen",
    "feld",
    "felder",
    "feldt",
    "fels",
    "fuchs",
    "fuss",
    "gang",
    "garten",
    "gast",
    "geier",
    "graf",
    "gruber",
    "haas",
    "hage",
    "hagen",
    "hahn",
    "halter",
    "hammer",
    "hard",
    "hase",
    "hauer",
    "haupt",
    "haus",
    "hausen",
    "hauser",
    "heim",
    "heimer",
    "helm",
    "herr",
    "hirsch",
    "hof",
    "hofer",
    "holt",
    "holz",
    "horn",
    "horst",
    "huber",
    "hut",
    "jans",
    "kamp",
    "kemper",
    "kirch",
    "klee",
    "knecht",
    "koch",
    "kopf",
    "kranz",
    "kraut",
    "lauf",
    "lein",
    "leitner",
    "lieb",
    "list",
    "loch",
    "macher",
    "maier",
    "mann",
    "manns",
    "meier",
    "meister",
    "meyer",
    "moser",
    "mueller",
    "muth",
    "nagel",
    "ohr",
    "rath",
    "rather",
    "reich",
    "reiter",
    "reuter",
    "rich",
    "richter",
    "rieder",
    "rode",
    "roder",
    "roth",
    "sack",
    "sand",
    "schein",
    "schlag",
    "schmidt",
    "schmied",
    "schneider",
    "schuh",
    "schulte",
    "schulze",
    "schutz",
    "schwarz",
    "seher",
    "siek",
    "spiel",
    "sporn",
    "stadt",
    "stadter",
    "staedter",
    "steiger",
    "stein",
    "steiner",
    "stock",
    "storch",
    "stroh",
    "tal",
    "taler",
    "tann",
    "thal",
    "thaler",
    "treu",
    "vogel",
    "vogt",
    "wald",
    "walder",
    "wasser",
    "weber",
    "weiler",
    "wein",
    "wender",
    "werth",
    "wieser",
    "winkel",
    "winkler",
    "wirth",
    "wolf",
    "wort",
    "zahn",
    "ziegler",
    "zweig",
];

/// What the lexicon knows of a word as a whole; 0 if nothing.
pub(crate) fn whole(key: &[u8]) -> u64 {
    #[cfg(test)]
    crate::work::looks(key.len());
    GERMAN.get(key).map_or(0, |it| it.value())
}

/// What the lexicon knows of the last part of a compound, if the word is one.
pub(crate) fn compound(key: &[u8]) -> Option<u64> {
    if !(6..=WORD_MAX).contains(&key.len()) {
        return None;
    }
    let mut tried = 0_u64;
    parts(key, 0, 1, &mut tried)
}

/// Takes the word apart from this letter on. Each place is tried once, so that the work stays small whatever the word.
fn parts(key: &[u8], from: usize, part: usize, tried: &mut u64) -> Option<u64> {
    #[cfg(test)]
    crate::work::looks(key.len());
    let rest = &key[from..];
    for prefix in PREFIXES {
        if rest.len() >= prefix.len() + 3
            && rest.starts_with(prefix.as_bytes())
            && let Some(known) = behind(key, from + prefix.len(), part, false, tried)
        {
            return Some(known);
        }
    }
    let mut node = GERMAN.root();
    let mut output = 0;
    for (at, letter) in key.iter().enumerate().skip(from) {
        let transition = node.transition(node.find_input(*letter)?);
        output += transition.out.value();
        node = GERMAN.node(transition.addr);
        let end = at + 1;
        let length = end - from;
        if length < 3 {
            continue;
        }
        let known = match node.is_final() {
            true => output + node.final_output().value(),
            false => 0,
        };
        let stem = &key[from..end];
        let first = begins(stem, known) || length >= 4 && is_verb_stem(&node, stem);
        if !first {
            continue;
        }
        // A first part that is a name too begins surnames more often than nouns.
        let named = known & (bits::FIRST | bits::LAST) != 0 && key.len() - end <= 4;
        if named {
            continue;
        }
        let short = part == 1 && length <= 7;
        if let Some(known) = behind(key, end, part, short, tried) {
            return Some(known);
        }
        // Between the parts may stand an s, as in "Reinigungs-plan"; no surname has it there.
        if key.get(end) == Some(&b's')
            && length >= 4
            && let Some(known) = behind(key, end + 1, part, false, tried)
        {
            return Some(known);
        }
    }
    None
}

/// What is known of the rest of the word behind a first part.
fn behind(key: &[u8], next: usize, part: usize, short: bool, tried: &mut u64) -> Option<u64> {
    if key.len() < next + 3 || next >= 64 {
        return None;
    }
    if let Some(known) = last(key, next, short) {
        return Some(known);
    }
    if *tried & (1 << next) != 0 || part + 1 >= PARTS_MAX {
        return None;
    }
    *tried |= 1 << next;
    parts(key, next, part + 1, tried)
}

/// "Liefer-", "Stolper-", "Warte-": what is left of a verb without its ending.
fn is_verb_stem(node: &fst::raw::Node<'_>, stem: &[u8]) -> bool {
    let step = |node: &fst::raw::Node<'static>, letter: u8| {
        node.find_input(letter)
            .map(|it| GERMAN.node(node.transition(it).addr))
    };
    let node = GERMAN.node(node.addr());
    let verb = if stem.ends_with(b"er") || stem.ends_with(b"el") || stem.ends_with(b"e") {
        step(&node, b'n')
    } else {
        step(&node, b'e').and_then(|it| step(&it, b'n'))
    };
    verb.is_some_and(|it| it.is_final())
}

fn text(key: &[u8]) -> &str {
    std::str::from_utf8(key).unwrap_or("")
}

fn begins(stem: &[u8], known: u64) -> bool {
    match stem.len() {
        3 => SHORT.contains(&text(stem)),
        4 => known & bits::STEM != 0,
        _ => known & (bits::STEM | bits::PLACE | bits::WORD) != 0,
    }
}

/// What is known of the rest of the word, if it can end a compound.
fn last(key: &[u8], from: usize, short: bool) -> Option<u64> {
    let rest = &key[from..];
    if rest.len() == 3 && !SHORT.contains(&text(rest)) {
        return None;
    }
    let known = whole(rest);
    if known & bits::HEAD == 0 {
        return None;
    }
    let name = short && OF_SURNAMES.binary_search(&text(rest)).is_ok();
    (!name).then_some(known)
}

#[cfg(test)]
mod tests {
    use fst::Streamer;

    use super::*;

    #[test]
    fn the_lexicon_is_whole_and_as_named() {
        GERMAN.verify().unwrap();
        let mut count = 0_u64;
        let mut words = GERMAN.stream();
        while let Some((word, _)) = words.next() {
            assert!(word.iter().all(u8::is_ascii_lowercase));
            count += 1;
        }
        assert!(count > 800_000, "{count}");
    }

    #[test]
    fn the_list_of_surnames_is_sorted() {
        assert!(OF_SURNAMES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn compounds_are_taken_apart() {
        for word in [
            "notschlafstelle",
            "spritzenfunde",
            "beratungsbus",
            "heckenschnitt",
            "konsumraumregelung",
            "landeszuwendungsrichtlinie",
            "spritzenabwurfbehaelters",
        ] {
            assert!(
                compound(word.as_bytes()).is_some() || whole(word.as_bytes()) != 0,
                "{word}"
            );
        }
        for name in [
            "tannhausen",
            "sonnleitner",
            "wellenreuth",
            "tappeser",
            "quadbeck",
            "kallenbach",
            "vosskampen",
        ] {
            assert!(compound(name.as_bytes()).is_none(), "{name}");
        }
    }
}
