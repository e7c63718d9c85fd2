//! What the guard found, as people read it: numbered, with the place marked in the text where the text may be shown.

use verbund_wire::agency::Finding;

use crate::output::clean;
use crate::text::{self, Lang};
use crate::view::field_in_json;

/// A line for each finding, numbered as in [`marked`].
pub(crate) fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |(number, it): (usize, &Finding)| {
        let advice = match text::lang() {
            Lang::De => &it.advice_de,
            Lang::En => &it.advice_en,
        };
        text::REVIEW_FINDING.fill(&[
            &number,
            &clean(field_in_json(&it.field)),
            &class(&it.policy_class),
            &clean(&it.policy_class),
            &clean(&it.rule),
            &it.start,
            &it.end,
            &clean(advice),
        ])
    };
    (1..).zip(findings).map(line).collect()
}

/// Findings in few words: field, class, rule and bytes.
pub(crate) fn short(findings: &[Finding]) -> String {
    let short = |it: &Finding| {
        let field = clean(field_in_json(&it.field));
        let (class, rule) = (clean(&it.policy_class), clean(&it.rule));
        format!("{class} {rule}, {field} {}–{}", it.start, it.end)
    };
    findings.iter().map(short).collect::<Vec<_>>().join("\n")
}

/// A field's text with its findings between `⟦1:` and `⟧`, numbered by their place in the list.
pub(crate) fn marked(field: &str, text: &str, findings: &[Finding]) -> String {
    // Where something begins or ends; what ends here does so before the next begins.
    let mut marks = Vec::new();
    for (number, it) in (1_usize..)
        .zip(findings)
        .filter(|(_, it)| it.field == field)
    {
        let (start, end) = (it.start as usize, it.end as usize);
        if text.is_char_boundary(start) && text.is_char_boundary(end) && start < end {
            marks.push((start, 1, format!("⟦{number}:")));
            marks.push((end, 0, "⟧".to_owned()));
        }
    }
    marks.sort();
    let (mut shown, mut from) = (String::new(), 0);
    for (at, _, mark) in marks {
        shown.push_str(&clean(&text[from..at]));
        shown.push_str(&mark);
        from = at;
    }
    shown.push_str(&clean(&text[from..]));
    shown
}

/// A class of the policy in words.
fn class(code: &str) -> String {
    let words = text::reasons::field(&format!("GUARD_{code}"));
    words.map_or_else(|| clean(code), |words| words.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(field: &str, start: u32, end: u32) -> Finding {
        Finding {
            field: field.to_owned(),
            start,
            end,
            ..Finding::default()
        }
    }

    #[test]
    fn findings_are_marked_where_they_are_and_nowhere_else() {
        let findings = [
            finding("situation.note", 4, 9),
            finding("situation.generalised_note", 0, 3),
            finding("situation.note", 9, 15),
            // Not at a character's boundary, and beyond the end: a node of another release.
            finding("situation.note", 17, 18),
            finding("situation.note", 0, 999),
        ];
        assert_eq!(
            marked("situation.note", "Ein Qwxzy steht ö\u{1b}", &findings),
            "Ein ⟦1:Qwxzy⟧⟦3: steht⟧ ö\u{fffd}"
        );
        assert_eq!(marked("situation.note", "", &findings), "");
    }
}
