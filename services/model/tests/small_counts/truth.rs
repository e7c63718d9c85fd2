//! What people want to tell all the same: the figures that the press and the agencies' own reports have (`figures.csv` of the
//! concept) can be told as they are.

use verbund_model::{Period, Value};

use crate::federation::{FACILITY, Federation, Figure, ZONE};

fn month(indicator: &str, count: u32) -> Figure {
    Figure::count(FACILITY, indicator, Period::Month, count).by("dhz")
}

#[test]
fn the_centres_true_monthly_figures_can_be_published() {
    let federation = Federation::new();
    for (figures, told) in [
        (
            vec![month("dkr-konsumvorgaenge", 1332)],
            vec![Value::Rounded(1330)],
        ),
        (vec![month("nutzende", 136)], vec![Value::Rounded(135)]),
        (vec![month("beratungen", 870)], vec![Value::Rounded(870)]),
        (vec![month("vermittlungen", 77)], vec![Value::Rounded(75)]),
        // The interim report's 829 and 3813 of five months.
        (
            vec![
                month("dkr-konsumvorgaenge", 929),
                month("dkr-konsumvorgaenge-iv", 166),
                month("dkr-konsumvorgaenge-inhalativ", 763),
            ],
            vec![
                Value::Rounded(930),
                Value::Rounded(165),
                Value::Rounded(765),
            ],
        ),
        // All in one update.
        (
            vec![
                month("dkr-konsumvorgaenge", 1332),
                month("nutzende", 136),
                month("beratungen", 870),
                month("vermittlungen", 77),
            ],
            vec![
                Value::Rounded(1330),
                Value::Rounded(135),
                Value::Rounded(870),
                Value::Rounded(75),
            ],
        ),
    ] {
        let figures: Vec<&Figure> = figures.iter().collect();
        assert_eq!(federation.publish(&figures).unwrap(), told);
    }
}

#[test]
fn the_other_figures_of_the_concept_can_be_published() {
    use verbund_model::Band::{From5, From10, From20, From50};
    let federation = Federation::new();
    let waste = "koelner-strasse-brachflaeche";
    let cafe = |count| Figure::count(FACILITY, "cafe-pause-besuche", Period::Day, count).by("dhz");
    let met = |count| Figure::count(waste, "angetroffene-personen", Period::Window, count);
    for (figure, told) in [
        (cafe(38), Value::Rounded(40)),
        (cafe(79), Value::Rounded(80)),
        (met(13), Value::Band(From10)),
        (met(7), Value::Band(From5)),
        // 338, 220 and 101 in six months.
        (
            Figure::count(ZONE, "obv-verstoesse-konsum", Period::Month, 56),
            Value::Band(From50),
        ),
        (
            Figure::count(ZONE, "obv-verstoesse-lagern", Period::Month, 37),
            Value::Band(From20),
        ),
        (
            Figure::count(ZONE, "obv-verstoesse-alkohol", Period::Month, 17),
            Value::Band(From10),
        ),
        // Fifty in eight days.
        (
            Figure::count("kontaktpunkt-city", "buergeranliegen", Period::Day, 6)
                .by("quartiersbuero"),
            Value::Band(From5),
        ),
    ] {
        assert_eq!(federation.told(&figure).unwrap(), told, "{figure:?}");
    }
}
