//! What is said of single persons, rule by rule: what is stopped beside what passes.

use verbund_guard::{Guard, GuardSettings, Outcome};

fn guard() -> Guard {
    Guard::new(GuardSettings::default())
}

/// The rule must be among those that fire.
fn stopped(rule: &str, texts: &[&str]) {
    let guard = guard();
    for text in texts {
        let verdict = guard.check(text);
        let rules: Vec<&str> = verdict.findings.iter().map(|it| it.rule).collect();
        assert!(rules.contains(&rule), "{text}: {rules:?}");
    }
}

fn passes(texts: &[&str]) {
    let guard = guard();
    for text in texts {
        let verdict = guard.check(text);
        assert_eq!(verdict.outcome, Outcome::Pass, "{text}: {verdict:?}");
    }
}

#[test]
fn a_sentence_without_its_subject_speaks_of_somebody() {
    stopped(
        "one-person",
        &[
            "Trägt jeden Tag denselben Mantel.",
            "Schläft im Durchgang hinter dem Parkhaus.",
            "Redet laut und läuft auf und ab.",
        ],
    );
    stopped(
        "health",
        &["Hat eine Lungenentzündung.", "Ist substituiert."],
    );
    stopped("single-act", &["Wurde gestern festgenommen."]);
    passes(&[
        "Hat sich bewährt und wird fortgeführt.",
        "Wurde gestern gereinigt.",
        "Ist beauftragt, Montage nächste Woche.",
        "Kommt in die nächste Sitzung.",
        "Kommt es zu Beschwerden, bitte melden.",
    ]);
}

#[test]
fn ages_are_told_in_many_ways() {
    stopped(
        "age",
        &[
            "Wird im Mai volljährig.",
            "Am Kiosk stand eine, noch keine sechzehn.",
            "Mit ihren 71 Lenzen ist sie dabei.",
            "Er gab an, er werde im Mai 41.",
        ],
    );
    stopped("birth-date", &["Jahrgang 73, schläft im Parkhaus."]);
    passes(&["Der Jahrgang 7 der Gesamtschule malt die Unterführung an."]);
}

#[test]
fn small_counts_need_no_noun() {
    stopped(
        "small-count",
        &[
            "Vier haben zugesagt.",
            "Gekommen ist nur ein einziger.",
            "Belegung: Frauenbereich 1, Männerbereich 19.",
            "Beide nehmen am Programm nicht mehr teil.",
        ],
    );
    stopped(
        "difference",
        &["Die Hälfte der acht Anwesenden hatte keinen Wohnsitz."],
    );
    passes(&[
        "Beide Zugänge sind wieder offen.",
        "Die Hälfte der Leuchten ist umgerüstet.",
        "Drei Bänke sind bestellt, zwei sind geliefert.",
        "Ein einziger Container reicht.",
    ]);
}

#[test]
fn minutes_are_written_in_many_ways() {
    stopped(
        "clock-time",
        &[
            "Ist um 6 h 20 durch die Schranke.",
            "Gegen 16 Uhr 35 stieg er aus.",
            "Kurz nach halb elf hat sie angerufen.",
        ],
    );
    passes(&["Ab halb acht ist die Pforte besetzt."]);
}

#[test]
fn parts_of_numbers_and_registers_are_case_numbers() {
    stopped(
        "case-number",
        &[
            "Unser Vorgang mit den Endziffern 906 ruht.",
            "Besprechung zu F/2025/061 verschoben.",
            "Das Telefon endet auf 4471.",
        ],
    );
    stopped("court-reference", &["Bezug: 604 Js 77 aus 23."]);
    passes(&[
        "Das Programm endet auf dem Neumarkt.",
        "Vorlage 2487/21/1 liegt vor.",
    ]);
}

#[test]
fn the_net_holds_what_no_rule_knows_and_never_refuses() {
    stopped(
        "like-a-person",
        &[
            "Der im Rolli braucht Hilfe an der Rampe.",
            "Mit ihr kann man vormittags gut reden, später nicht mehr.",
        ],
    );
    let verdict = guard().check("Der im Rolli braucht Hilfe an der Rampe.");
    assert_eq!(verdict.outcome, Outcome::Review);
}
