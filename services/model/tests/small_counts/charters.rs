//! A charter that lists too much, because it is of an earlier release or because somebody wants it so: it is read, and what it
//! lists beyond one period and one level is not told.

use verbund_model::{Charter, Counts, Period};

use crate::attacker::Attack;
use crate::federation::{FACILITY, Federation, Figure, SQUARE, VOCABULARY, ZONE};

/// The vocabulary with other periods for one indicator.
fn with_periods(id: &str, periods: &str) -> String {
    let at = VOCABULARY.find(&format!("id = \"{id}\"")).unwrap();
    let from = at + VOCABULARY[at..].find("period = ").unwrap();
    let to = from + VOCABULARY[from..].find('\n').unwrap();
    format!(
        "{}period = {periods}{}",
        &VOCABULARY[..from],
        &VOCABULARY[to..]
    )
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (id, place) in [
        ("platzverweise", SQUARE),
        ("cafe-pause-besuche", FACILITY),
        ("streetwork-kontakte", SQUARE),
        ("angetroffene-personen", SQUARE),
        ("nutzende", FACILITY),
        ("obv-verstoesse-lagern", ZONE),
        ("buergeranliegen", "kontaktpunkt-city"),
        ("dkr-konsumvorgaenge", FACILITY),
    ] {
        for (periods, longest) in [
            (r#"["tag", "monat"]"#, Period::Month),
            (r#"["monat", "tag"]"#, Period::Month),
            (r#"["zeitfenster", "tag"]"#, Period::Day),
            (r#"["zeitfenster", "tag", "monat"]"#, Period::Month),
        ] {
            let federation = Federation::with(&with_periods(id, periods));
            let told: Vec<Period> = [Period::Window, Period::Day, Period::Month]
                .into_iter()
                .filter(|period| {
                    federation
                        .told(&Figure::count(place, id, *period, 60))
                        .is_ok()
                })
                .collect();
            let fine = told == [longest] && !federation.0.untold().is_empty();
            attacks.push(Attack::new(
                format!("{id} with {periods}"),
                (!fine).then(|| format!("told for {told:?}")),
            ));
        }
    }
    // A total by the day and its parts by the month, and the other way round: the parts go with the total, or nowhere.
    for (total, part) in [("tag", "monat"), ("monat", "tag"), ("zeitfenster", "tag")] {
        let text = with_periods("dkr-konsumvorgaenge", &format!("[\"{total}\"]"));
        let at = text.find("id = \"dkr-konsumvorgaenge-iv\"").unwrap();
        let text = format!(
            "{}{}",
            &text[..at],
            text[at..].replacen("[\"monat\"]", &format!("[\"{part}\"]"), 1)
        );
        let federation = Federation::with(&text);
        let of = |id: &str| {
            let mut indicators = federation.0.indicators();
            indicators
                .find(|it| it.id.as_str() == id)
                .unwrap()
                .periods
                .clone()
        };
        let apart = !of("dkr-konsumvorgaenge-iv").is_empty();
        attacks.push(Attack::new(
            format!("a total for {total} with a part for {part}"),
            apart.then(|| "both are told".to_owned()),
        ));
    }
    // A part of another level than its total, and a level for things, are no charter at all.
    for (from, to) in [
        (
            "part_of = \"dkr-konsumvorgaenge\"",
            "part_of = \"dkr-konsumvorgaenge\"\ntold_of = \"districts\"",
        ),
        (
            "counts = \"things\"",
            "counts = \"things\"\ntold_of = \"places\"",
        ),
        ("\ntold_of = \"districts\"", "\ntold_of = \"both\""),
        ("period = [\"tag\"]", "period = [\"woche\"]"),
        ("period = [\"tag\"]", "period = [\"tag\", \"woche\"]"),
    ] {
        assert!(VOCABULARY.contains(from));
        let text = VOCABULARY.replacen(from, to, 1);
        let read = Federation::read(&text).is_ok();
        attacks.push(Attack::new(
            format!("a charter with {to:?}"),
            read.then(|| "it is read".to_owned()),
        ));
    }
    let krefeld: &Charter = &Federation::new().0;
    for indicator in krefeld
        .indicators()
        .filter(|it| it.counts != Counts::Things)
    {
        let fine = indicator.periods.len() == 1 && indicator.told_of.is_some();
        attacks.push(Attack::new(
            format!("{} of Krefeld's charter", indicator.id),
            (!fine).then(|| format!("{:?}", indicator.periods)),
        ));
    }
    assert_eq!(krefeld.untold(), []);
    attacks
}
