use proptest::prelude::*;

use super::*;

fn check(text: &str) -> Verdict {
    Guard::new(GuardSettings::default().with_places([
        "DHZ, Schwertstraße 80",
        "Kontaktpunkt City, Königstraße 114",
    ]))
    .check(text)
}

/// What was found of the structured classes, as rule and text.
fn found(text: &str) -> Vec<(&'static str, &str)> {
    check(text)
        .findings
        .iter()
        .filter(|it| matches!(it.class, Class::P2 | Class::P3))
        .map(|it| (it.rule, &text[it.start..it.end]))
        .collect()
}

fn rejects(rule: &str, cases: &[(&str, &str)]) {
    for (text, what) in cases {
        assert_eq!(found(text), [(rule, *what)], "{text}");
        assert_eq!(check(text).outcome, Outcome::Reject, "{text}");
    }
}

fn passes(cases: &[&str]) {
    for text in cases {
        assert_eq!(found(text), [], "{text}");
        assert_ne!(check(text).outcome, Outcome::Reject, "{text}");
    }
}

#[test]
fn mailboxes() {
    rejects(
        "email",
        &[
            (
                "Mail an lager.sued@example.org, danke",
                "lager.sued@example.org",
            ),
            ("k_schmidt+dhz@mail.example.", "k_schmidt+dhz@mail.example"),
            ("(müller@exämple.de)", "müller@exämple.de"),
            (
                "schreibt an toni77 (at) mailer (punkt) example",
                "toni77 (at) mailer",
            ),
            ("toni[at]mailer.example", "toni[at]mailer.example"),
        ],
    );
}

#[test]
fn profiles() {
    rejects(
        "profile",
        &[
            ("Bilder bei @neumarkt_queen zu sehen", "@neumarkt_queen"),
            (
                "gefunden auf tiktok.com/@neumarkt.queen",
                "tiktok.com/@neumarkt.queen",
            ),
            ("Gruppe: t.me/nachtlicht_kr", "t.me/nachtlicht_kr"),
            ("Snapchat: lil.toni47 schreibt", "lil.toni47"),
            ("Insta-Account nacht_eule", "nacht_eule"),
            ("discord schattenwolf#2281", "schattenwolf#2281"),
        ],
    );
    assert_eq!(check("@KOD bitte prüfen").outcome, Outcome::Review);
    passes(&[
        "Treffen @ Theaterplatz",
        "Telegram-Gruppe der Nachbarschaft wächst",
        "Instagram: Auftritt der Stadt gestartet",
        "Die Seite krefeld.de/sicherheit ist aktuell",
    ]);
}

#[test]
fn phone_numbers_as_people_write_them() {
    rejects(
        "phone",
        &[
            ("Rückruf 0171 5550123 bitte", "0171 5550123"),
            ("01715550123", "01715550123"),
            ("0171/5550123", "0171/5550123"),
            ("0171-555-0123", "0171-555-0123"),
            ("0171.555.0123", "0171.555.0123"),
            ("0171 - 5550123", "0171 - 5550123"),
            ("+49 171 5550123", "+49 171 5550123"),
            ("+49 (0)171 5550123", "+49 (0)171 5550123"),
            ("0049 171 5550123", "0049 171 5550123"),
            ("0049 171 - 5550123", "0049 171 - 5550123"),
            ("+49 (0)171 - 5550123", "+49 (0)171 - 5550123"),
            ("(0171)/5550123", "(0171)/5550123"),
            ("(02151) 555019", "(02151) 555019"),
            ("02151/555019", "02151/555019"),
            ("02151 / 55 50 19", "02151 / 55 50 19"),
            ("02151 86-0199", "02151 86-0199"),
            ("030 5550123", "030 5550123"),
            ("Tel.: 86 12 34", "Tel.: 86 12 34"),
            (
                "Handynummer lautet 171 5550123",
                "Handynummer lautet 171 5550123",
            ),
            ("+43 664 5550123", "+43 664 5550123"),
            ("０１７１ ５５５０１２３", "０１７１ ５５５０１２３"),
            ("0171\u{200b}555\u{ad}0123", "0171\u{200b}555\u{ad}0123"),
            ("0171 5550123, 8:00 Uhr", "0171 5550123"),
        ],
    );
    // Digits that may be a line, a meter or a budget line: somebody must look.
    assert_eq!(check("Produktgruppe 0210 52910").outcome, Outcome::Review);
    assert_eq!(check("Zähler 02151555019").outcome, Outcome::Review);
}

#[test]
fn numbers_that_are_no_phone() {
    passes(&[
        "Notruf 110 und 112, Behördennummer 115, Bereitschaft 116 117, Tel. 116 117",
        "Kostenlose Beratung 0800 1110111",
        "Laternen 02151-17 bis 02151-23 gemeldet",
        "Zählerstand 0171552, Vormonat 0168930",
        "Fundspritzen 2019 bis 2023: 0412, 0388, 0401, 0377",
        "Vergleich: 0412 – 0388 – 0401 – 0377",
        "Haushaltsstelle 05 315 010, Deckung aus 02 122 040",
        "Produktgruppe 0210, Sachkonto 529100",
        "PLZ 47798, 47799 und 47805",
        "Mo–Fr 8:00–20:00, Sa/So 10:00–16:00",
        "Kosten 84.300 € brutto, dazu 3.150 €",
        "Sitzung am 28.03.2026, 17 Uhr; vorher 14.09.2012",
        "Buslinien 041/042/044 fahren anders",
        "Maßstab 1:500, Blatt 0001/0002",
    ]);
}

#[test]
fn bank_details() {
    rejects(
        "iban",
        &[
            (
                "auf DE89 3704 0044 0532 0130 00 bitte",
                "DE89 3704 0044 0532 0130 00",
            ),
            ("DE89370400440532013000", "DE89370400440532013000"),
            ("de89 3704 0044 0532 0130 00", "de89 3704 0044 0532 0130 00"),
            ("GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19"),
            ("Kontonummer 4711081522", "Kontonummer 4711081522"),
            ("BIC DEUTDEDBXXX", "BIC DEUTDEDBXXX"),
        ],
    );
    assert_eq!(
        check("DE88 3704 1144 1532 1130 11").outcome,
        Outcome::Review
    );
    passes(&["DIN EN 15221, Los 3704", "Sachkonto 529100"]);
}

#[test]
fn personal_numbers() {
    rejects(
        "identity-number",
        &[
            ("Fund: L01X00T471 abgegeben", "L01X00T471"),
            ("A123456780 liegt vor", "A123456780"),
            ("15 070649 C 103 fehlt", "15 070649 C 103"),
            ("15070649C103", "15070649C103"),
            ("Steuer-ID 86 095 742 719", "Steuer-ID 86 095 742 719"),
            (
                "Führerscheinnummer B072RRE2I55",
                "Führerscheinnummer B072RRE2I55",
            ),
            (
                "Kundennummer Jobcenter 345A678901",
                "Kundennummer Jobcenter 345A678901",
            ),
            ("AZR-Nr. 170412003344", "AZR-Nr. 170412003344"),
            ("Kd-Nr 4711081", "Kd-Nr 4711081"),
        ],
    );
    passes(&[
        "Seriennummer Defibrillator AED-7734-22",
        "Inventarnummer 4711081522",
        "Modell X100",
    ]);
}

#[test]
fn licence_plates() {
    rejects(
        "licence-plate",
        &[
            ("Wagen KR-QX 4711 blockiert", "KR-QX 4711"),
            ("KR-QX4711", "KR-QX4711"),
            ("D-MR 2290", "D-MR 2290"),
            ("MG-ZK 19 E lädt", "MG-ZK 19 E"),
            ("MG-ZK 19E", "MG-ZK 19E"),
            ("transporter vie tt 83 steht da", "vie tt 83"),
            ("Pkw KR QX 4711", "KR QX 4711"),
            ("Auto Kr-Qx 4711", "Kr-Qx 4711"),
            ("Roller mit Versicherungskennzeichen 471 KBX", "471 KBX"),
            ("Mofa 471 KBX", "471 KBX"),
        ],
    );
    assert_eq!(check("KR QX 4711 steht da").outcome, Outcome::Review);
    passes(&[
        "MO-FR 8 bis 20 Uhr",
        "Mo-Fr 8 Uhr, Sa-So 10 Uhr",
        "Auto steht ab mo 8 uhr da, sonst di so 10",
        "RB33 und RE 7 verspätet, A57 dicht, B288 frei, U76 endet",
        "§ 7 SGB II 2024, SGB XII 67",
        "TOP A 12, Raum B 7, KW 31",
        "3-MMC und 2C-B 20 mg im Umlauf",
        "Ladezone: 200 KOD Verwarnungen",
        "Kennzeichen werden nicht erfasst",
        "Roller gegen 150 Uhr",
    ]);
}

#[test]
fn court_references() {
    rejects(
        "court-reference",
        &[
            ("Sache 12 Js 3456/21 ruht", "12 Js 3456/21"),
            ("27 js 814/2023", "27 js 814/2023"),
            ("6 UJs 227/24", "6 UJs 227/24"),
            ("60Js1190/22", "60Js1190/22"),
            ("502 VRs 77/24", "502 VRs 77/24"),
            ("BRs 118/23", "BRs 118/23"),
            ("83 XVII 441/20", "83 XVII 441/20"),
            ("32-OWi-2024-00781", "32-OWi-2024-00781"),
            ("12 UF 33/24", "12 UF 33/24"),
        ],
    );
    assert_eq!(check("12 F 345/21").outcome, Outcome::Review);
}

#[test]
fn case_numbers() {
    rejects(
        "case-number",
        &[
            ("Fall 118 bitte klären", "Fall 118"),
            ("fallnr 4417 schließen", "fallnr 4417"),
            ("Fall-Nr. 4417", "Fall-Nr. 4417"),
            ("Klientennummer 2204 erhält", "Klientennummer 2204"),
            ("Klient 22", "Klient 22"),
            ("Patientenakte P-00918", "Patientenakte P-00918"),
            ("Die Akte 51/3-HzE-0889 wird", "Akte 51/3-HzE-0889"),
            (
                "Eingliederungsakte EGH-2023-1177",
                "Eingliederungsakte EGH-2023-1177",
            ),
            (
                "Vorgangsnummer 501000-118842-24/6",
                "Vorgangsnummer 501000-118842-24/6",
            ),
            ("im Vorgang KOD-24-003317 fehlt", "Vorgang KOD-24-003317"),
            ("Az. 32.1-77/24", "Az. 32.1-77/24"),
            ("Aktenzeichen: 4711", "Aktenzeichen: 4711"),
            ("Tagebuchnummer 0714/24", "Tagebuchnummer 0714/24"),
            ("BG-Nr. 36502//0012847", "BG-Nr. 36502//0012847"),
            ("Aufnahme-ID DHZ/2024/0462", "Aufnahme-ID DHZ/2024/0462"),
            ("CaseID 9931-B", "CaseID 9931-B"),
            ("BG Nr. 36502", "BG Nr. 36502"),
            ("Vorgang Nr 33", "Vorgang Nr 33"),
            ("Hilfeplan HP 0317 läuft", "Hilfeplan HP 0317"),
            ("case number 4417 is closed", "case number 4417"),
        ],
    );
    assert_eq!(
        check("im Fall 20 Personen gezählt").outcome,
        Outcome::Review
    );
}

#[test]
fn council_papers_law_and_plain_language_pass() {
    passes(&[
        "Vorlage 2487/21/1 und Drucksache 5540/24 beschlossen, Anlage 2, Seite 14",
        "Antrag 0456/24 der Fraktionen, Landtagsdrucksache 18/7714",
        "§ 10a BtMG, § 31a BtMG, § 29 Abs. 1 Nr. 1 BtMG",
        "§ 152 Abs. 2 und § 163 StPO; § 53 Abs. 1 Nr. 3b StPO; Art. 6 Abs. 1 lit. e DSGVO",
        "§ 117 OWiG bis 5.000 Euro; §§ 67 bis 69 SGB XII",
        "DHZ, Schwertstraße 80",
        "Kontaktpunkt City, Königstraße 114",
        "Schichtwechsel 14:35 Uhr, ab 8 Uhr, bis 20 Uhr, 06:15 Uhr",
        "Streetwork-Kontakte 64, Kontakte: 22, Akten 12, Fallzahlen 2024: 310",
        "auf jeden Fall 20 Personen, in diesem Fall 5",
        "eine mysteriöse Akte. 20 Jahre später",
        "13 Personen, unter 5 im Durchgang, 5–9 am Abend",
        "3 Spritzenfunde, zwei Bänke, 1 Streife",
        "TOP 4.3 und 4.4, TOP 5 entfällt, KW 27",
        "in 12/24 Monaten, am 5/6 Mai",
        "Im Notfall immer 112",
        "Zimmer frei ab 12/24",
        "AZ 12 im Ort",
        "",
        " ",
        "🚲 ½ ²",
    ]);
}

#[test]
fn findings_come_in_the_order_of_the_text_and_carry_none_of_it() {
    let text = "KR-QX 4711, 0171 5550123, a@b.example, 12 Js 3456/21";
    let verdict = check(text);
    let rules: Vec<&str> = verdict.findings.iter().map(|it| it.rule).collect();
    assert_eq!(
        rules,
        ["licence-plate", "phone", "email", "court-reference"]
    );
    let said = format!("{verdict:?}");
    for secret in ["4711", "0171", "5550123", "example", "3456"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn a_keyword_and_its_number_are_one_finding() {
    let text = "Aktenzeichen 12 Js 3456/21";
    assert_eq!(found(text), [("case-number", text)]);
    assert_eq!(found("Tel. 0171 5550123"), [("phone", "Tel. 0171 5550123")]);
}

#[test]
fn a_text_full_of_findings_tells_the_first_and_the_heaviest() {
    let many = "@KOD ".repeat(200) + "a@b.example";
    let verdict = check(&many);
    assert_eq!(verdict.outcome, Outcome::Reject);
    assert_eq!(verdict.findings.len(), FINDINGS_MAX);
    assert!(
        verdict
            .findings
            .iter()
            .any(|it| it.severity == Outcome::Reject)
    );
}

/// Long texts made to make a careless scanner look at everything again for each character. At a quarter of a mebibyte a
/// quadratic one would need hours here.
#[test]
fn long_hostile_texts_end() {
    for piece in work::PIECES {
        let text = piece.repeat(256 * 1024 / piece.len());
        let verdict = check(&text);
        assert!(verdict.findings.len() <= FINDINGS_MAX, "{piece}");
    }
}

#[test]
fn what_is_too_long_is_for_review() {
    let long = "Lage ruhig. ".repeat(READ_MAX / 12 + 1) + "ä";
    let verdict = check(&long);
    assert_eq!(verdict.outcome, Outcome::Review);
    let last = verdict.findings.last().unwrap();
    assert_eq!(
        (last.rule, last.start, last.end),
        ("unreadable", READ_MAX, long.len())
    );
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let verdict = check(text);
    let heaviest = verdict
        .findings
        .iter()
        .map(|it| it.severity)
        .max()
        .unwrap_or(Outcome::Pass);
    prop_assert_eq!(verdict.outcome, heaviest);
    prop_assert!(verdict.findings.len() <= FINDINGS_MAX);
    for finding in &verdict.findings {
        // A slice panics where an end is not on a character's boundary.
        prop_assert!(!text[finding.start..finding.end].is_empty());
        prop_assert!(finding.severity > Outcome::Pass);
        prop_assert!(!finding.advice_de.is_empty() && !finding.advice_en.is_empty());
    }
    prop_assert!(
        verdict
            .findings
            .windows(2)
            .all(|pair| pair[0].start <= pair[1].start)
    );
    Ok(())
}

/// Words around an identifier that are nothing themselves.
fn surroundings() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(&["Lage", "ruhig", "am", "Brunnen", "bitte", "–", "und", "."][..]),
        0..6,
    )
    .prop_map(|words| words.join(" "))
}

fn iban(account: u64) -> String {
    let bban = format!("{account:018}");
    let rest = format!("{bban}131400")
        .bytes()
        .fold(0u32, |rest, b| (rest * 10 + u32::from(b - b'0')) % 97);
    format!("DE{:02}{bban}", 98 - rest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        holds(&text)?;
    }

    /// Texts made of what the rules look at reach further into them than random ones.
    #[test]
    fn texts_of_likely_pieces_are_survived(pieces in prop::collection::vec(prop::sample::select(&[
        "0171", "5550123", "+49", "(0)", "(", ")", "/", "-", " ", ".", ":", ",", "@", "#", "a", "KR", "QX", "4711", "Js",
        "21", "Fall", "nr", "DE89", "3704", "Tel", "ä", "\u{200b}", "５", "🚲", "E", "H", "BIC", "(at)", "t.me/",
        "Snapchat", "471", "KBX", "Roller", "auto", "15", "070649", "C", "103", "uhr", "%", "_", "\u{301}",
    ][..]), 0..40)) {
        holds(&pieces.concat())?;
    }

    #[test]
    fn a_mobile_number_is_found_wherever_it_stands(
        before in surroundings(), after in surroundings(),
        network in prop::sample::select(&["151", "160", "171", "176", "179"][..]),
        line in 1_000_000u32..=99_999_999,
        prefix in prop::sample::select(&["0", "+49 ", "+49", "0049", "0049 ", "+49 (0)", "(0"][..]),
        part in prop::sample::select(&[" ", "", "/", "-", " / ", " - "][..]),
    ) {
        let close = if prefix == "(0" { ")" } else { "" };
        let text = format!("{before} {prefix}{network}{close}{part}{line} {after}");
        prop_assert_eq!(check(&text).outcome, Outcome::Reject, "{}", text);
    }

    #[test]
    fn an_iban_is_found_wherever_it_stands_and_however_it_is_grouped(
        before in surroundings(), after in surroundings(), account in 0u64..1_000_000_000_000_000_000, group in 1usize..23,
    ) {
        let iban = iban(account);
        let digits: Vec<char> = iban.chars().collect();
        // The country and the check digits stay together: they begin it.
        let grouped: Vec<String> = std::iter::once(digits[..4].iter().collect())
            .chain(digits[4..].chunks(group).map(|chunk| chunk.iter().collect()))
            .collect();
        let text = format!("{before} {} {after}", grouped.join(" "));
        prop_assert!(check(&text).findings.iter().any(|it| it.rule == "iban" && it.severity == Outcome::Reject), "{}", text);
    }

    #[test]
    fn a_mailbox_is_found_wherever_it_stands(
        before in surroundings(), after in surroundings(), name in "[a-zä][a-z0-9._-]{0,10}[a-z0-9]", domain in "[a-z]{2,10}\\.[a-z]{2,4}",
    ) {
        let text = format!("{before} {name}@{domain} {after}");
        prop_assert!(check(&text).findings.iter().any(|it| it.rule == "email"), "{}", text);
    }

    #[test]
    fn a_plate_is_found_wherever_it_stands(
        before in surroundings(), after in surroundings(), district in prop::sample::select(&["KR", "D", "VIE", "MÜ"][..]),
        letters in "[A-Z]{1,2}", number in 1u32..9999, part in prop::sample::select(&["", " "][..]),
    ) {
        prop_assume!(!["MO", "DI", "MI", "DO", "FR", "SA", "SO"].contains(&letters.as_str()));
        let text = format!("{before} {district}-{letters}{part}{number} {after}");
        prop_assert!(check(&text).findings.iter().any(|it| it.rule == "licence-plate"), "{}", text);
    }

    #[test]
    fn a_court_reference_is_found_wherever_it_stands(
        before in surroundings(), after in surroundings(), chamber in 1u32..999,
        register in prop::sample::select(&["Js", "UJs", "Ds", "Ls", "Gs", "Cs", "VRs", "KLs", "OWi"][..]),
        number in 1u32..99_999, year in 0u32..99,
    ) {
        let text = format!("{before} {chamber} {register} {number}/{year:02} {after}");
        prop_assert!(check(&text).findings.iter().any(|it| it.rule == "court-reference"), "{}", text);
    }
}
