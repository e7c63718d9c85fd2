//! One update as JSON: the fields of `SituationDraft` under the contract's own names, enums by their short names, and
//! `request_id` and `confirm_review` beside them.
//!
//! All that is wrong is told at once, each with its field and line. Values are never repeated: a refused text must not
//! turn up in a log, and neither must a person's name that stands where a key belongs.

use serde_json::{Map, Value};
use verbund_wire::agency::reading_draft;
use verbund_wire::agency::{PublishSituationRequest, ReadingDraft, ShareDraft, SituationDraft};
use verbund_wire::federation::{Handling, Period, SourceKind, Trend, Urgency};

use crate::text::{self, Text};
use crate::words::{self, Word};

/// Something that is wrong with an update before any node has seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Line of the input, counted from 1.
    pub(crate) line: u64,
    /// Path of the field, such as `readings[1].indicator`; empty for the whole.
    pub(crate) field: String,
    /// Stable reason for machines.
    pub(crate) reason: &'static str,
    /// In words.
    pub(crate) message: String,
}

/// Reads one update from a JSON text that begins at `first_line` of its input.
///
/// The request id is empty where the text gives none.
///
/// # Errors
/// Everything that is wrong, at least one.
pub(crate) fn parse(
    source: &str,
    first_line: u64,
) -> Result<PublishSituationRequest, Vec<Problem>> {
    let value: Value = serde_json::from_str(source).map_err(|error| {
        vec![Problem {
            line: first_line + u64::try_from(error.line().max(1)).unwrap_or(1) - 1,
            field: String::new(),
            reason: "INVALID_JSON",
            message: text::JSON_SYNTAX.fill(&[&error.column(), &syntax_problem(&error)]),
        }]
    })?;
    let mut found = Findings {
        source,
        first_line,
        problems: Vec::new(),
    };
    let request = request(value, &mut found);
    match request {
        Some(request) if found.problems.is_empty() => Ok(request),
        _ => Err(found.problems),
    }
}

/// serde_json's syntax errors name tokens and never the content, but for its position, which is told apart.
fn syntax_problem(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn request(value: Value, found: &mut Findings<'_>) -> Option<PublishSituationRequest> {
    let mut fields = found.object("", value)?;
    let draft = SituationDraft {
        category: found.string(&mut fields, "category"),
        place: found.string(&mut fields, "place"),
        day: found.string(&mut fields, "day"),
        window: found.string(&mut fields, "window"),
        trend: found.word::<Trend>(&mut fields, "trend"),
        source: found.word::<SourceKind>(&mut fields, "source"),
        measure: found.string(&mut fields, "measure"),
        urgency: found.word::<Urgency>(&mut fields, "urgency"),
        handling: found.word::<Handling>(&mut fields, "handling"),
        audience: found.strings(&mut fields, "audience"),
        note: found.string(&mut fields, "note"),
        readings: found.readings(&mut fields),
        exercise: found.flag(&mut fields, "exercise"),
        generalised_note: found.string(&mut fields, "generalised_note"),
    };
    let request = PublishSituationRequest {
        request_id: found.string(&mut fields, "request_id"),
        situation: Some(draft),
        confirm_review: found.flag(&mut fields, "confirm_review"),
    };
    found.finish(fields, &KEYS);
    Some(request)
}

/// All keys of an update.
const KEYS: [&str; 16] = [
    "category",
    "place",
    "day",
    "window",
    "trend",
    "source",
    "measure",
    "urgency",
    "handling",
    "audience",
    "note",
    "readings",
    "exercise",
    "generalised_note",
    "request_id",
    "confirm_review",
];
const READING_KEYS: [&str; 4] = ["indicator", "period", "count", "share"];
const SHARE_KEYS: [&str; 2] = ["percent", "base"];

/// An object and where it stands.
struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

struct Findings<'a> {
    source: &'a str,
    first_line: u64,
    problems: Vec<Problem>,
}

impl Findings<'_> {
    fn add(&mut self, field: String, key: &str, reason: &'static str, message: String) {
        let line = self.first_line + line_of_key(self.source, key);
        self.problems.push(Problem {
            line,
            field,
            reason,
            message,
        });
    }

    fn wrong_type(&mut self, field: String, key: &str, wanted: Text) {
        self.add(field, key, "WRONG_TYPE", text::JSON_WANTED.fill(&[&wanted]));
    }

    fn object(&mut self, path: &str, value: Value) -> Option<Fields> {
        match value {
            Value::Object(map) => Some(Fields {
                path: path.to_owned(),
                map,
            }),
            _ => {
                let key = path.rsplit('.').next().unwrap_or_default();
                self.wrong_type(path.to_owned(), key, text::JSON_OBJECT);
                None
            }
        }
    }

    fn string(&mut self, fields: &mut Fields, key: &str) -> String {
        match fields.take(key) {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(_) => {
                self.wrong_type(fields.path_of(key), key, text::JSON_STRING);
                String::new()
            }
        }
    }

    fn strings(&mut self, fields: &mut Fields, key: &str) -> Vec<String> {
        let Some(value) = fields.take(key) else {
            return Vec::new();
        };
        let strings = value.as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        strings.unwrap_or_else(|| {
            self.wrong_type(fields.path_of(key), key, text::JSON_STRINGS);
            Vec::new()
        })
    }

    fn flag(&mut self, fields: &mut Fields, key: &str) -> bool {
        match fields.take(key) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.wrong_type(fields.path_of(key), key, text::JSON_FLAG);
                false
            }
        }
    }

    fn number(&mut self, fields: &mut Fields, key: &str) -> Option<u32> {
        let value = fields.take(key)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.wrong_type(fields.path_of(key), key, text::JSON_NUMBER);
        }
        number
    }

    fn word<W: Word>(&mut self, fields: &mut Fields, key: &str) -> i32 {
        let Some(value) = fields.take(key) else {
            return 0;
        };
        value
            .as_str()
            .and_then(words::number::<W>)
            .unwrap_or_else(|| {
                let allowed = words::all::<W>().join(", ");
                let message = text::JSON_ONE_OF.fill(&[&allowed]);
                self.add(fields.path_of(key), key, "UNKNOWN_WORD", message);
                0
            })
    }

    fn readings(&mut self, fields: &mut Fields) -> Vec<ReadingDraft> {
        match fields.take("readings") {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .filter_map(|(index, item)| self.reading(&format!("readings[{index}]"), item))
                .collect(),
            Some(_) => {
                self.wrong_type("readings".to_owned(), "readings", text::JSON_OBJECTS);
                Vec::new()
            }
        }
    }

    fn reading(&mut self, path: &str, value: Value) -> Option<ReadingDraft> {
        let mut fields = self.object(path, value)?;
        let indicator = self.string(&mut fields, "indicator");
        let period = self.word::<Period>(&mut fields, "period");
        let count = self.number(&mut fields, "count");
        let share = fields
            .take("share")
            .and_then(|value| self.share(&format!("{path}.share"), value));
        let value = match (count, share) {
            (Some(_), Some(_)) => {
                self.add(
                    path.to_owned(),
                    "share",
                    "TWO_VALUES",
                    text::JSON_TWO_VALUES.to_string(),
                );
                None
            }
            (Some(count), None) => Some(reading_draft::Value::Count(count)),
            (None, Some(share)) => Some(reading_draft::Value::Share(share)),
            // What is missing is the node's to say, with everything else that is missing.
            (None, None) => None,
        };
        self.finish(fields, &READING_KEYS);
        Some(ReadingDraft {
            indicator,
            period,
            value,
        })
    }

    fn share(&mut self, path: &str, value: Value) -> Option<ShareDraft> {
        let mut fields = self.object(path, value)?;
        let percent = self.number(&mut fields, "percent");
        let base = self.number(&mut fields, "base");
        self.finish(fields, &SHARE_KEYS);
        Some(ShareDraft {
            percent: percent.unwrap_or_default(),
            base: base.unwrap_or_default(),
        })
    }

    /// What is left over in an object is unknown. `known` may still hold nulls, which count as not given.
    fn finish(&mut self, fields: Fields, known: &[&str]) {
        for key in fields
            .map
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
        {
            let shown = if harmless(key) { key.as_str() } else { "…" };
            let message = text::JSON_UNKNOWN_KEY.fill(&[&known.join(", ")]);
            self.add(fields.path_of(shown), key, "UNKNOWN_KEY", message);
        }
    }
}

/// Whether a key looks like one that a program made, and so may be repeated.
fn harmless(key: &str) -> bool {
    key.len() <= 40
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Lines before the first place where the key stands as one; 0 where it can't be found.
fn line_of_key(source: &str, key: &str) -> u64 {
    let quoted = format!("\"{key}\"");
    let place = source
        .match_indices(&quoted)
        .map(|(place, _)| place)
        .find(|place| source[place + quoted.len()..].trim_start().starts_with(':'));
    place.map_or(0, |place| {
        source[..place].bytes().filter(|b| *b == b'\n').count() as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"{
        "request_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "category": "konsumabfall", "place": "lutherplatz", "day": "2026-11-22", "window": "10-14",
        "trend": "rising", "source": "own-observation", "measure": "m1", "urgency": "soon",
        "handling": "amber-strict", "audience": ["kod", "polizei"], "note": "Mehr Spritzen als sonst.",
        "exercise": true, "generalised_note": "", "confirm_review": true,
        "readings": [
            {"indicator": "spritzenfunde", "period": "window", "count": 14},
            {"indicator": "ortsansaessig-anteil", "period": "month", "share": {"percent": 40, "base": 60}}
        ]
    }"#;

    fn problems(source: &str) -> Vec<(u64, String, &'static str)> {
        let problems = parse(source, 1).unwrap_err();
        problems
            .into_iter()
            .map(|it| (it.line, it.field, it.reason))
            .collect()
    }

    #[test]
    fn reads_every_field() {
        let request = parse(FULL, 1).unwrap();
        assert_eq!(request.request_id, "01890a5d-ac96-774b-bcce-b302099a8057");
        assert!(request.confirm_review);
        let draft = request.situation.unwrap();
        assert_eq!(draft.trend(), Trend::Rising);
        assert_eq!(draft.source(), SourceKind::OwnObservation);
        assert_eq!(draft.handling(), Handling::AmberStrict);
        assert_eq!(draft.urgency(), Urgency::Soon);
        assert_eq!(draft.audience, ["kod", "polizei"]);
        assert!(draft.exercise);
        assert_eq!(
            draft.readings[0].value,
            Some(reading_draft::Value::Count(14))
        );
        assert_eq!(draft.readings[1].period(), Period::Month);
        assert_eq!(
            draft.readings[1].value,
            Some(reading_draft::Value::Share(ShareDraft {
                percent: 40,
                base: 60
            }))
        );
    }

    #[test]
    fn tells_everything_at_once_with_its_line() {
        let source = "{\n \"trend\": \"up\",\n \"note\": 5,\n \"readings\": [{\"indicator\": \"x\",\n \"count\": -1}],\n \"colour\": 1\n}";
        assert_eq!(
            problems(source),
            [
                (2, "trend".to_owned(), "UNKNOWN_WORD"),
                (3, "note".to_owned(), "WRONG_TYPE"),
                (5, "readings[0].count".to_owned(), "WRONG_TYPE"),
                (6, "colour".to_owned(), "UNKNOWN_KEY"),
            ]
        );
        assert_eq!(parse("{\"trend\": \"up\"}", 41).unwrap_err()[0].line, 41);
    }

    #[test]
    fn never_repeats_a_value() {
        let name = "Max Mustermann";
        for source in [
            format!("{{\"{name}\": 1}}"),
            format!("{{\"trend\": \"{name}\"}}"),
            format!("{{\"exercise\": \"{name}\"}}"),
            format!("{{\"readings\": \"{name}\"}}"),
            format!("{{\"note\": \"{name}"),
            format!("\"{name}\""),
        ] {
            for problem in parse(&source, 1).unwrap_err() {
                assert!(
                    !format!("{problem:?}").contains("Mustermann"),
                    "{problem:?}"
                );
            }
        }
    }

    #[test]
    fn a_reading_has_one_value() {
        let source = r#"{"readings": [{"indicator": "x", "count": 1, "share": {"percent": 1, "base": 50}}]}"#;
        assert_eq!(
            problems(source),
            [(1, "readings[0]".to_owned(), "TWO_VALUES")]
        );
    }

    #[test]
    fn syntax_errors_have_their_line() {
        assert_eq!(
            problems("{\n\"note\": }")[0],
            (2, String::new(), "INVALID_JSON")
        );
    }
}
