//! The words of a report, in both languages.

use verbund_document::Language;
use verbund_model::{Charter, Day, Names, Period};

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: Language,
    pub(super) title: &'static str,
    pub(super) footer: &'static str,
    pub(super) federation: &'static str,
    pub(super) made_by: &'static str,
    pub(super) period: &'static str,
    pub(super) compared: &'static str,
    pub(super) updates: &'static str,
    pub(super) left_out: &'static str,
    pub(super) charter: &'static str,
    incomplete: &'static str,
    figures_incomplete: &'static str,
    pub(super) not_compared: &'static str,
    pub(super) how_to_read: &'static str,
    pub(super) by_category: &'static str,
    pub(super) by_place: &'static str,
    pub(super) by_measure: &'static str,
    pub(super) by_window: &'static str,
    pub(super) cells: &'static str,
    pub(super) series: &'static str,
    pub(super) about_series: &'static str,
    pub(super) displacement: &'static str,
    pub(super) about_displacement: &'static str,
    pub(super) tasks: &'static str,
    pub(super) about_tasks: &'static str,
    pub(super) decisions: &'static str,
    pub(super) category: &'static str,
    pub(super) place: &'static str,
    pub(super) measure: &'static str,
    pub(super) window: &'static str,
    pub(super) now: &'static str,
    pub(super) before: &'static str,
    pub(super) change: &'static str,
    pub(super) values: &'static str,
    pub(super) sum: &'static str,
    pub(super) fell_at: &'static str,
    pub(super) rose_at: &'static str,
    pub(super) opened: &'static str,
    pub(super) open: &'static str,
    pub(super) overdue: &'static str,
    pub(super) done: &'static str,
    pub(super) declined: &'static str,
    pub(super) whole_day: &'static str,
    pub(super) no_measure: &'static str,
    pub(super) none: &'static str,
    pub(super) in_csv: &'static str,
    pub(super) only_in_sum: &'static str,
    pub(super) to: &'static str,
    /// The first line of the CSV.
    pub(super) columns: [&'static str; 10],
    /// What a row of the CSV holds of displacement beside where it rose: where it fell.
    pub(super) from: &'static str,
    periods: [&'static str; 3],
}

impl Words {
    /// A name of the charter.
    pub(super) fn name<'a>(&self, names: &'a Names) -> &'a str {
        match self.language {
            Language::German => &names.de,
            Language::English => &names.en,
        }
    }

    /// That the period reaches back further than updates are kept.
    pub(super) fn incomplete(&self, charter: &Charter) -> String {
        let days = charter.retention().update_days;
        self.incomplete.replace("{}", &days.to_string())
    }

    /// That it reaches back further than figures are kept.
    pub(super) fn figures_incomplete(&self, charter: &Charter) -> String {
        let days = charter.retention().reading_days;
        self.figures_incomplete.replace("{}", &days.to_string())
    }

    /// A day as people write it.
    pub(super) fn day(&self, day: Day) -> String {
        match self.language {
            Language::German => day.strftime("%d.%m.%Y").to_string(),
            Language::English => day.strftime("%-d %b %Y").to_string(),
        }
    }

    /// The time that a figure covers.
    pub(super) fn period(&self, period: Period) -> &'static str {
        match period {
            Period::Window => self.periods[0],
            Period::Day => self.periods[1],
            Period::Month => self.periods[2],
        }
    }
}

pub(super) const GERMAN: Words = Words {
    language: Language::German,
    title: "Bericht an den Ausschuss",
    footer: "Bericht an den Ausschuss",
    federation: "Verbund",
    made_by: "Erstellt von",
    period: "Zeitraum",
    compared: "Verglichen mit",
    updates: "Lagemeldungen",
    left_out: "Nicht für Berichte freigegeben",
    charter: "Fassung der Charta",
    incomplete: "Ein Teil der Lagemeldungen dieses Zeitraums ist bereits gelöscht. Die Zahlen sind unvollständig. Aufbewahrungsfrist für Lagemeldungen in Tagen: {}.",
    figures_incomplete: "Der Zeitraum reicht weiter zurück, als Kennzahlen aufbewahrt werden. Ältere sind gelöscht und fehlen hier. Aufbewahrungsfrist für Kennzahlen in Tagen: {}.",
    not_compared: "Die Lagemeldungen des Zeitraums davor sind ganz oder teilweise gelöscht. Deshalb wird nicht verglichen.",
    how_to_read: "Gezählt werden Meldungen, nicht Personen: Mehrere Meldungen können von derselben Sache handeln. Was zum Schutz der Vertraulichkeit nur allgemein weitergegeben wird, ist beim Stadtbezirk und ohne Tageszeit gezählt.",
    by_category: "Meldungen nach Art",
    by_place: "Meldungen nach Ort",
    by_measure: "Meldungen nach Maßnahme",
    by_window: "Meldungen nach Tageszeit",
    cells: "Veränderung nach Ort und Art",
    series: "Kennzahlen",
    about_series: "Kleine Zahlen von Personen stehen als „<5“, andere in Spannen oder gerundet (≈). Summen nennen, was möglich ist: von der kleinsten bis zur größten Zahl. Wer an zwei Tagen gezählt wurde, ist zweimal darin.",
    displacement: "Verlagerung",
    about_displacement: "Wo Meldungen einer Art um mindestens zwei und ein Fünftel zurückgingen, während sie anderswo ebenso zunahmen. Ob das eine vom anderen kommt, sagen die Zahlen nicht.",
    tasks: "Aufgaben",
    about_tasks: "Stand von heute; „eröffnet“ zählt die im Zeitraum eröffneten.",
    decisions: "Beschlüsse",
    category: "Art",
    place: "Ort",
    measure: "Maßnahme",
    window: "Tageszeit",
    now: "Anzahl",
    before: "Davor",
    change: "Veränderung",
    values: "Werte",
    sum: "Summe",
    fell_at: "Rückgang",
    rose_at: "Zunahme",
    opened: "Eröffnet",
    open: "Offen",
    overdue: "Überfällig",
    done: "Erledigt",
    declined: "Abgelehnt",
    whole_day: "ganzer Tag",
    no_measure: "ohne Maßnahme",
    none: "Keine.",
    in_csv: "Werte, einzeln in der CSV-Fassung",
    only_in_sum: "nur in der Summe",
    to: "bis",
    columns: [
        "Abschnitt",
        "Kennung",
        "Name",
        "Ort",
        "Ortsname",
        "Tag",
        "Umfasst",
        "Anzahl",
        "Davor",
        "Wert",
    ],
    from: "Rückgang an",
    periods: ["Zeitfenster", "Tag", "Monat"],
};

pub(super) const ENGLISH: Words = Words {
    language: Language::English,
    title: "Report to the committee",
    footer: "Report to the committee",
    federation: "Federation",
    made_by: "Made by",
    period: "Period",
    compared: "Compared with",
    updates: "Situation updates",
    left_out: "Not released for reports",
    charter: "Version of the charter",
    incomplete: "Some of the situation updates of this period have been erased already. The figures are incomplete. Days for which updates are kept: {}.",
    figures_incomplete: "The period reaches back further than indicators are kept. Older ones are erased and missing here. Days for which indicators are kept: {}.",
    not_compared: "All or some of the situation updates of the period before have been erased. So nothing is compared.",
    how_to_read: "What is counted are updates, not persons: several updates may be about the same matter. What is passed on in general terms only, to protect confidence, is counted at the district and without a time of day.",
    by_category: "Updates by kind",
    by_place: "Updates by place",
    by_measure: "Updates by measure",
    by_window: "Updates by time of day",
    cells: "Change by place and kind",
    series: "Indicators",
    about_series: "Small counts of persons are shown as “<5”, others in bands or rounded (≈). Sums say what is possible, from the lowest to the highest number. Who was counted on two days is in them twice.",
    displacement: "Displacement",
    about_displacement: "Where updates of one kind fell by at least two and a fifth while they rose likewise elsewhere. Whether one comes from the other the figures do not say.",
    tasks: "Tasks",
    about_tasks: "As they stand today; “opened” counts those opened in the period.",
    decisions: "Decisions",
    category: "Kind",
    place: "Place",
    measure: "Measure",
    window: "Time of day",
    now: "Count",
    before: "Before",
    change: "Change",
    values: "Values",
    sum: "Sum",
    fell_at: "Fell",
    rose_at: "Rose",
    opened: "Opened",
    open: "Open",
    overdue: "Overdue",
    done: "Done",
    declined: "Declined",
    whole_day: "whole day",
    no_measure: "no measure",
    none: "None.",
    in_csv: "values, one by one in the CSV",
    only_in_sum: "in the sum only",
    to: "to",
    columns: [
        "Section",
        "Id",
        "Name",
        "Place",
        "Place name",
        "Day",
        "Covers",
        "Count",
        "Before",
        "Value",
    ],
    from: "fell at",
    periods: ["window", "day", "month"],
};
