//! What the measurements are called and how they are done, German and English side by side.

use crate::text::Text;

macro_rules! words {
    ($($name:ident = $de:literal, $en:literal;)+) => {
        $(pub(super) const $name: Text = Text::new($de, $en);)+
    };
}

words! {
    PUBLISH = "Veröffentlichen, Strom", "Publish, stream";
    PUBLISH_UNARY = "Veröffentlichen, Einzelaufrufe", "Publish, single calls";
    REPLICATE = "An einen Partner", "To one partner";
    CATCH_UP = "Aufholen", "Catch-up";
    RECONNECT = "Wiederkehr", "Reconnect";
    SINGLE = "Eine zur Zeit", "One at a time";
    PACED = "Bis in den Feed des Partners", "To the partner's feed";
    FAN_OUT = "Sechs an alle", "Six to all";
    MEMORY = "Speicher in Ruhe", "Memory at rest";
    START = "Start von sechs Knoten", "Start of six nodes";
    PAGES = "Seiten", "Pages";

    HOW_PUBLISH = "{0} Läufe von {1} s, {2} gleichzeitig unterwegs; bestätigt heißt: signiert und auf der Platte",
        "{0} runs of {1} s, {2} on their way at once; acknowledged means signed and flushed to the disk";
    HOW_REPLICATE = "{0} Läufe: {1} s lang veröffentlicht mit {2} unterwegs, gezählt bis der Partner alles geprüft und auf der Platte hat",
        "{0} runs: published for {1} s with {2} on their way, counted until the partner has all checked and flushed";
    HOW_CATCH_UP = "{0} Läufe: Partner beendet, {1} veröffentlicht, Partner gestartet; gezählt vom Start seines Prozesses, bis er alles hat",
        "{0} runs: partner stopped, {1} published, partner started; counted from the start of its process until it has all";
    HOW_RECONNECT = "{0} Läufe: Partner beendet, {1} veröffentlicht, Partner gestartet; Zeit vom Start seines Prozesses, bis er alles hat",
        "{0} runs: partner stopped, {1} published, partner started; time from the start of its process until it has all";
    HOW_SINGLE = "{0} Läufe von {1} s, über den Strom und in Einzelaufrufen; vom Senden bis zur Bestätigung",
        "{0} runs of {1} s, over the stream and in single calls; from sending to the acknowledgement";
    HOW_PACED = "{0} Läufe von {1} Meldungen, {2} je Sekunde in festem Takt; von der Fälligkeit bis in WatchFeed des Partners",
        "{0} runs of {1} updates, {2} a second at a fixed pace; from when each was due to the partner's WatchFeed";
    HOW_FAN_OUT = "{0} Läufe: sechs Ämter veröffentlichen {1} s lang an alle, je {2} unterwegs; gezählt bis alle alles haben",
        "{0} runs: six agencies publish to all for {1} s, {2} on their way each; counted until all have all";
    HOW_MEMORY = "sechs verbundene Knoten, {0} s nach dem Start, und {0} s nach {1} s Last aller an alle; der größte zählt",
        "six linked nodes, {0} s after their start, and {0} s after {1} s of load from all to all; the largest counts";
    HOW_START = "{0} Läufe: vom leeren Ordner über Zertifikate und Charta, bis sechs Prozesse jeder mit jedem verbunden sind",
        "{0} runs: from an empty folder over certificates and charter until six processes are linked each with each";

    HOW_PAGES = "{0} Meldungen veröffentlicht, dann je {1} Seiten zu {2}: Listen von der neuesten an, Feed von Anfang an; vom Fragen bis zur Antwort",
        "{0} updates published, then {1} pages of {2} each: lists from the newest on, the feed from its beginning; from asking to the answer";
    FILLED = "{0}: {1} von {2} veröffentlicht", "{0}: {1} of {2} published";

    RATE = "je Sekunde", "per second";
    P50 = "Bestätigung p50", "acknowledged p50";
    P99 = "Bestätigung p99", "acknowledged p99";
    LEVEL_AFTER = "gleichauf nach der letzten", "level after the last";
    READY_AFTER = "bereit nach dem Start", "ready after the start";
    LEVEL_SECONDS = "gleichauf nach", "level after";
    STREAM_P50 = "Strom p50", "stream p50";
    STREAM_P95 = "Strom p95", "stream p95";
    STREAM_P99 = "Strom p99", "stream p99";
    UNARY_P50 = "Einzelaufruf p50", "single call p50";
    UNARY_P95 = "Einzelaufruf p95", "single call p95";
    UNARY_P99 = "Einzelaufruf p99", "single call p99";
    FEED_P50 = "im Feed p50", "in the feed p50";
    FEED_P99 = "im Feed p99", "in the feed p99";
    FEED_MAX = "im Feed, längste", "in the feed, longest";
    ACKNOWLEDGED_P50 = "Bestätigung p50", "acknowledged p50";
    ACKNOWLEDGED_P99 = "Bestätigung p99", "acknowledged p99";
    LATENESS_P99 = "Verspätung des Takts p99", "lateness of the pace p99";
    RESIDENT_START = "nach dem Start", "after the start";
    OWN_START = "davon nicht Programmdatei", "of it not the program's file";
    RESIDENT_LOAD = "nach der Last", "after the load";
    OWN_LOAD = "davon nicht Programmdatei", "of it not the program's file";
    PAGES_ALL = "Liste", "list";
    PAGES_PLACE = "Liste, ein Ort", "list, one place";
    PAGES_CATEGORY = "Liste, eine Kategorie", "list, one category";
    PAGES_MEASURE = "Liste, eine Maßnahme", "list, one measure";
    PAGES_PICTURE = "Lage von vier Wochen", "picture of four weeks";
    PAGES_FEED = "Feed", "feed";
    UP_SECONDS = "verbunden nach", "linked after";

    COLUMN_MEASURE = "Messung", "Measure";
    COLUMN_FIGURE = "Wert", "Figure";
    COLUMN_RESULT = "Ergebnis", "Result";
    COLUMN_TARGET = "Ziel", "Target";
    COLUMN_MET = "erreicht", "met";
    COLUMN_PROCESS = "Prozess", "Process";
    COLUMN_CPU = "µs je Meldung", "µs per update";
    COLUMN_CPU_SYSTEM = "davon Kern", "of it kernel";
    COLUMN_THREADS = "nach Threads (laufende)", "by threads (running ones)";
    COLUMN_STAGE = "Abschnitt", "Stage";
    COLUMN_MEAN = "Mittel", "Mean";
    COLUMN_COUNT = "Anzahl", "Count";
    OTHERS = "übrige", "others";
    BUSY = "{0} % eines Kerns", "{0} % of a core";

    RUN = "{0}, Lauf {1} von {2}: {3}", "{0}, run {1} of {2}: {3}";
    RETURNED = "{0}, Lauf {1} von {2}: gleichauf nach {3} s", "{0}, run {1} of {2}: level after {3} s";
    BEGIN = "{0}, {1}: {2}", "{0}, {1}: {2}";
    MACHINE = "{0}, {1} Kerne, {2} MiB, Kern {3}, {4}; fdatasync p50 {5} ms, p99 {6} ms; Eintrag im Mittel {7} Bytes",
        "{0}, {1} cores, {2} MiB, kernel {3}, {4}; fdatasync p50 {5} ms, p99 {6} ms; mean entry {7} bytes";
    NOT_QUIET = "Achtung: auf dieser Maschine läuft noch anderes ({0} % eines Kerns). Die Werte zählen nicht.",
        "Note: other work is running on this machine ({0} % of a core). The figures don't count.";
    NOT_RELEASE = "Achtung: kein Release-Bau. Die Werte zählen nicht.",
        "Note: this is no release build. The figures don't count.";
    NO_DISK = "Achtung: {0} liegt im Arbeitsspeicher (tmpfs); nichts wird auf eine Platte geschrieben.",
        "Note: {0} is in memory (tmpfs); nothing is written to a disk.";
    INTERRUPTED = "abgebrochen", "interrupted";

    ABOUT = "Misst Geschwindigkeit und Speicher von Knoten auf dieser Maschine",
        "Measures speed and memory of nodes on this machine";
    ARG_DATA = "Ordner, in dem die Messung ihre Datenbanken anlegt; liegt er auf der Platte, die gemessen werden soll?",
        "Folder in which the measurement makes its databases; it should be on the disk that is to be measured";
    ARG_ONLY = "Nur diese Messungen", "Only these measures";
    ARG_POSTGRES = "Misst auch auf PostgreSQL: Adresse einer Datenbank, neben der die Messung eigene anlegen darf",
        "Measures on PostgreSQL as well: the address of a database beside which the measurement may make its own";
    ARG_QUICK = "Kurz: ein Lauf, kleinere Mengen", "Short: one run, smaller amounts";
}
