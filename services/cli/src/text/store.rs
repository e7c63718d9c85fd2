//! What `verbund store` says.

use verbund_store::FindingKind;

use super::{Text, texts};

texts! { STORE:
    ABOUT_STORE = "Die Datenbank des Knotens prüfen, umziehen und in Ordnung bringen", "Check, move and mend the node's database";
    ABOUT_STORE_MIGRATE = "Das Schema auf den Stand dieser Version bringen", "Bring the schema up to this release";
    ABOUT_STORE_CHECK = "Ketten, Unterschriften, Inhalte und Berechnetes prüfen; ändert nichts, auch neben einem laufenden Knoten", "Check chains, signatures, contents and what is computed; changes nothing, also beside a running node";
    ABOUT_STORE_COPY = "Alles in eine andere Datenbank umziehen, jeden Eintrag geprüft; ein abgebrochener Umzug geht weiter", "Move everything to another database, every entry verified; an interrupted move goes on";
    ABOUT_STORE_REBUILD = "Lagebild und Reihen aus den Einträgen neu berechnen", "Compute situations and series from the entries again";
    STORE_EXIT_CODES = "Rückgabewerte:\n  0  erledigt, nichts zu beanstanden\n  1  etwas ist beschädigt oder fehlgeschlagen\n  2  Aufruf, Adresse oder Konfiguration falsch\n  3  Datenbank nicht erreichbar; später noch einmal\n  4  abgelehnt: in Gebrauch, umgezogen, unvollständig oder nicht leer",
        "Exit codes:\n  0  done, nothing is wrong\n  1  something is damaged or has failed\n  2  the call, an address or the configuration is wrong\n  3  the database can't be reached; try later\n  4  refused: in use, moved, not whole or not empty";
    ARG_STORE_URL = "Andere Adresse oder Rolle, die das Schema ändern darf; auch über VERBUND_STORE_URL", "Another address, or a role that may change the schema; VERBUND_STORE_URL does the same";
    ARG_STORE_TO = "Wohin: sqlite:DATEI oder postgres://…, leer oder ein begonnener Umzug, bei PostgreSQL mit der Rolle für Migrationen; auch über VERBUND_STORE_TO", "Where to: sqlite:FILE or postgres://…, empty or a move that was begun, with PostgreSQL as the role that migrates; VERBUND_STORE_TO does the same";
    ARG_STORE_KEEP = "Die alte Datenbank nicht sperren: eine Kopie zum Ansehen, auf der nie ein Knoten laufen darf", "Don't lock the old database: a copy to look at, on which no node may ever run";
    ARG_STORE_UNDO = "Den Umzug zurücknehmen: Die Datenbank aus der Konfiguration gilt wieder. Nur, wenn auf der neuen noch kein Knoten lief", "Take the move back: the configured database counts again. Only if no node has run on the new one";
    STORE_URL = "ADRESSE", "URL";

    STORE_MIGRATED = "Schema {0} → {1}", "schema {0} → {1}";
    STORE_IS_CURRENT = "Schema {0}: schon auf dem Stand dieser Version", "schema {0}: up to this release already";
    STORE_ROLES = "Bei PostgreSQL danach migrations/postgres/roles.sql ausführen: Neue Tabellen bekommen so ihre Rechte.", "With PostgreSQL run migrations/postgres/roles.sql afterwards: that gives new tables their rights.";
    STORE_RIGHT = "Nichts zu beanstanden: {0} Einträge in {1} Spuren.", "Nothing is wrong: {0} entries in {1} lanes.";
    STORE_WRONG = "{0} Befunde bei {1} Einträgen in {2} Spuren", "{0} findings among {1} entries in {2} lanes";
    STORE_MORE = "{0} weitere Befunde sind nicht aufgeführt.", "{0} more findings are not listed.";
    STORE_COPIED = "Umgezogen: {0} Zeilen, davon {1} Einträge; {2} waren schon da. Generation {3}.", "Moved: {0} rows, {1} of them entries; {2} were there already. Generation {3}.";
    STORE_NEXT = "Als Nächstes:\n  1. In der Konfiguration des Knotens [store] url = \"{0}\" eintragen, bei PostgreSQL mit der Rolle, die im Betrieb gilt; der Ordner der Löschschlüssel bleibt, wo er ist.\n  2. Den Knoten starten und verbund status ansehen.\n  3. Die alte Datenbank löschen, auch aus Sicherungen: Was der Knoten ab jetzt vergisst, steht dort noch.", "Next:\n  1. Put [store] url = \"{0}\" into the node's configuration, with PostgreSQL as the role that runs; the folder of erasure keys stays where it is.\n  2. Start the node and look at verbund status.\n  3. Delete the old database, from backups as well: what the node forgets from now on is still there.";
    STORE_REOPENED = "Die Datenbank gilt wieder. Die Kopie löschen, bevor jemand einen Knoten auf ihr startet.", "The database counts again. Delete the copy before anybody starts a node on it.";
    STORE_REBUILT = "Neu berechnet: {0} Meldungen, {1} Reihen, {2} Fassungsnummern.", "Computed again: {0} situations, {1} series, {2} version numbers.";
    STORE_NOTHING_REBUILT = "Alles stimmte schon; nichts wurde geändert.", "Everything was right already; nothing was changed.";
    STORE_PROGRESS = "{0} {1}: {2} von {3}", "{0} {1}: {2} of {3}";
    STAGE_COPYING = "kopiere", "copying";
    STAGE_COMPARING = "vergleiche", "comparing";
    STAGE_CHECKING = "prüfe", "checking";
    STAGE_PROJECTING = "berechne aus", "computing from";
    COLUMN_FINDING = "Befund", "Finding";
    COLUMN_TABLE = "Tabelle", "Table";
    COLUMN_ROW = "Zeile", "Row";
    COLUMN_LANE_PLACE = "Spur, Stelle", "Lane, place";
    COLUMN_SEEN = "Gesehen", "Seen";

    STORE_FAILED = "die Datenbank: {0}", "the database: {0}";
    STORE_IN_USE = "die Datenbank ist in Gebrauch ({0}): erst den Knoten mit allen Repliken anhalten", "the database is in use ({0}): stop the node with all its replicas first";
    STORE_IS_MOVED = "diese Datenbank ist umgezogen; lief auf der neuen noch kein Knoten, nimmt verbund store copy --undo es zurück", "this database was moved; if no node has run on the new one, verbund store copy --undo takes it back";
    STORE_NOT_WHOLE = "diese Datenbank ist ein Umzug oder eine Wiederherstellung, die nicht fertig ist: denselben Befehl (verbund store copy oder verbund restore store) noch einmal ausführen", "this database is a move or a restore that is not finished: run the same command (verbund store copy or verbund restore store) again";
    STORE_DISK_FULL = "der Datenträger ist voll. Platz schaffen und denselben Befehl noch einmal ausführen", "the disk is full. Make room and run the same command again";
    STORE_IS_BACKUP = "diese Datei ist eine Sicherung; verbund restore macht eine Datenbank daraus", "this file is a backup; verbund restore makes a database of it";
    STORE_NOBODYS = "diese Datenbank hat noch kein Knoten benutzt", "no node has used this database yet";
    STORE_NOT_MOVED = "diese Datenbank ist nicht umgezogen", "this database was not moved";
    STORE_NOT_EMPTY = "das Ziel ist nicht leer: {0}", "the target is not empty: {0}";
    STORE_DAMAGED = "ein beschädigter Bestand wird nicht umgezogen: {0}\n  alles zeigt verbund store check", "a damaged store is not moved: {0}\n  verbund store check tells all";
    STORE_DIFFERS = "die Kopie weicht ab, Tabelle {0}, Zeile {1}: das Ziel leeren und noch einmal umziehen", "the copy differs, table {0}, row {1}: empty the target and move again";
    STORE_CONTRACTED = "eine neuere Version hat die Datenbank auf Schema {0} gebracht, diese kennt {1} und kann damit nicht weiterarbeiten: die neuere starten, oder eine frühere Sicherung wiederherstellen", "a newer release has brought the database to schema {0}, this one knows {1} and can't go on with it: start the newer one, or restore an earlier backup";
    STORE_EXPANDED = "eine neuere Version hat die Datenbank auf Schema {0} gebracht, diese kennt {1}. Ein Knoten dieser Version darf damit laufen; sie sichern, kopieren oder instand setzen kann nur die neuere", "a newer release has brought the database to schema {0}, this one knows {1}. A node of this release may run on it; only the newer one can back it up, copy or mend it";
    STORE_BEHIND = "das Schema {0} ist älter als diese Version ({1}): erst verbund store migrate", "schema {0} is older than this release ({1}): verbund store migrate first";
    STORE_AWAY = "die Datenbank ist nicht erreichbar: {0}", "the database can't be reached: {0}";

    FINDING_CHARTER = "Charta unlesbar oder nicht gültig", "charter unreadable or not valid";
    FINDING_LANE = "Spur unmöglich", "impossible lane";
    FINDING_LANE_EMPTY = "Spur ohne Einträge", "lane without entries";
    FINDING_LANE_MISSING = "Spur fehlt", "lane missing";
    FINDING_GAP = "Einträge fehlen", "entries missing";
    FINDING_CHAIN = "Kette gebrochen", "chain broken";
    FINDING_FORK = "Platz doppelt vergeben", "place taken twice";
    FINDING_FRAME = "Rahmen unlesbar", "frame unreadable";
    FINDING_FRAME_HASH = "Hash passt nicht", "hash differs";
    FINDING_FRAME_PLACE = "Eintrag am falschen Platz", "entry in a wrong place";
    FINDING_KEY = "Schlüssel unbekannt", "key unknown";
    FINDING_SIGNATURE = "Unterschrift falsch", "signature wrong";
    FINDING_OUTCOME = "Ausgang unbekannt", "outcome unknown";
    FINDING_CODES = "Angaben verändert", "codes changed";
    FINDING_TEXT = "Text verändert", "text changed";
    FINDING_TEXT_SEALED = "Text lässt sich nicht öffnen", "text can't be opened";
    FINDING_CONTENT_MISSING = "Inhalt fehlt", "content missing";
    FINDING_CONTENT_LEFT = "Inhalt, wo keiner sein darf", "content where none may be";
    FINDING_OVERDUE = "Löschtag überschritten", "past its erasure day";
    FINDING_ERASURE_KEY = "Löschschlüssel fehlt", "erasure key missing";
    FINDING_DRAFT = "Entwurf lässt sich nicht öffnen", "draft can't be opened";
    FINDING_REVIEW = "Entwurf zur Durchsicht stimmt nicht", "held draft differs";
    FINDING_QUEUED = "Eingereihte Meldung stimmt nicht", "queued update differs";
    FINDING_AUDIT = "Entscheidung unlesbar", "audit record unreadable";
    FINDING_VERSION = "Fassung falsch gezählt", "version miscounted";
    FINDING_SITUATION = "Lagebild stimmt nicht", "situation differs";
    FINDING_READING = "Reihe stimmt nicht", "series differ";
    FINDING_REQUEST = "Antwort ohne Eintrag", "answer without an entry";
    FINDING_RECEIPT = "Quittung stimmt nicht", "receipt differs";
    FINDING_RECEIPT_SIGNATURE = "Quittung falsch unterschrieben", "receipt's signature wrong";
    FINDING_RECEIPT_DIFFERS = "Partner hat einen anderen Eintrag", "partner has another entry";
    FINDING_ENGINE = "Datei beschädigt", "file damaged";
}

/// A finding in the reader's language.
pub(crate) fn finding(kind: FindingKind) -> Text {
    match kind {
        FindingKind::Charter => FINDING_CHARTER,
        FindingKind::Lane => FINDING_LANE,
        FindingKind::LaneEmpty => FINDING_LANE_EMPTY,
        FindingKind::LaneMissing => FINDING_LANE_MISSING,
        FindingKind::Gap => FINDING_GAP,
        FindingKind::ChainBroken => FINDING_CHAIN,
        FindingKind::Fork => FINDING_FORK,
        FindingKind::Frame => FINDING_FRAME,
        FindingKind::FrameHash => FINDING_FRAME_HASH,
        FindingKind::FramePlace => FINDING_FRAME_PLACE,
        FindingKind::KeyUnknown => FINDING_KEY,
        FindingKind::Signature => FINDING_SIGNATURE,
        FindingKind::Outcome => FINDING_OUTCOME,
        FindingKind::Codes => FINDING_CODES,
        FindingKind::Text => FINDING_TEXT,
        FindingKind::TextSealed => FINDING_TEXT_SEALED,
        FindingKind::ContentMissing => FINDING_CONTENT_MISSING,
        FindingKind::ContentLeft => FINDING_CONTENT_LEFT,
        FindingKind::ContentOverdue => FINDING_OVERDUE,
        FindingKind::ErasureKeyMissing => FINDING_ERASURE_KEY,
        FindingKind::DraftSealed => FINDING_DRAFT,
        FindingKind::Review => FINDING_REVIEW,
        FindingKind::Queued => FINDING_QUEUED,
        FindingKind::Audit => FINDING_AUDIT,
        FindingKind::Version => FINDING_VERSION,
        FindingKind::Situation => FINDING_SITUATION,
        FindingKind::Reading => FINDING_READING,
        FindingKind::Request => FINDING_REQUEST,
        FindingKind::Receipt => FINDING_RECEIPT,
        FindingKind::ReceiptSignature => FINDING_RECEIPT_SIGNATURE,
        FindingKind::ReceiptDiffers => FINDING_RECEIPT_DIFFERS,
        FindingKind::Engine => FINDING_ENGINE,
    }
}
