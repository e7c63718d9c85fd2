//! What is said of protocols.

use super::texts;

texts! { PROTOCOLS:
    REVISION = "FASSUNG", "REVISION";
    PART = "TEIL", "PART";

    ABOUT_PROTOCOL = "Protokolle schreiben, umlaufen lassen, zeichnen und als Datei holen", "Write protocols, circulate them, sign them off, get them as a file";
    ABOUT_PROTOCOL_SHOW = "Ein Protokoll, oder mit --edit sein Entwurf als TOML", "One protocol, or its draft as TOML with --edit";
    ABOUT_PROTOCOL_LIST = "Protokolle, die zuletzt geänderten zuerst", "Protocols, the last changed first";
    ABOUT_PROTOCOL_WATCH = "Protokolle mitlesen, wie sie sich ändern", "Follow protocols as they change";
    ABOUT_PROTOCOL_REVISE = "Eine neue Fassung aus einer TOML-Datei schreiben", "Write another revision from a TOML file";
    ABOUT_PROTOCOL_CIRCULATE = "In Umlauf geben, wie es steht oder aus einer TOML-Datei", "Circulate it, as it stands or from a TOML file";
    ABOUT_PROTOCOL_SIGN_OFF = "Eine gelesene Fassung für die eigene Stelle zeichnen", "Sign a revision off that was read, for the own agency";
    ABOUT_PROTOCOL_OBJECT = "Für die eigene Stelle Einwand erheben", "Object for the own agency";
    ABOUT_PROTOCOL_PROPOSE = "Für einen Teil einen anderen Text vorschlagen", "Propose another text for a part";
    ABOUT_PROTOCOL_RELEASE = "Freigeben: alle Teilnehmenden haben gezeichnet", "Release it: all that attended have signed it off";
    ABOUT_PROTOCOL_RESERVE = "Mit Vorbehalt freigeben: die Frist der Charta ist um", "Release it with reservation: the charter's time is over";
    ABOUT_PROTOCOL_APPROVE = "Durch eine spätere Besprechung genehmigen", "Approve it by a later meeting";
    ABOUT_PROTOCOL_CORRECT = "Einem genehmigten Protokoll eine Berichtigung anfügen", "Append a correction to an approved protocol";
    ABOUT_PROTOCOL_SUPPORT = "Dafür sein, dass die Vertretung das Schreiben übernimmt", "Want the deputy to take over the writing";
    ABOUT_PROTOCOL_TAKE_OVER = "Als Vertretung das Schreiben übernehmen", "Take over the writing, as the deputy";
    ABOUT_PROTOCOL_EXPORT = "Als Datei, mit Nummer, Stand, Zeichnungen und Fingerabdruck", "As a file, with number, state, sign-offs and fingerprint";
    ABOUT_PROTOCOL_HISTORY = "Alle Schritte", "All steps";
    ARG_EARLIER_REVISION = "Eine frühere Fassung; sonst die geltende", "An earlier revision; otherwise the one in force";
    ARG_EDIT = "Den Entwurf als TOML ausgeben, zum Bearbeiten und für revise", "Print the draft as TOML, to edit it and for revise";
    ARG_TYPE_FILTER = "Nur Protokolle solcher Besprechungen", "Only protocols of meetings of these types";
    ARG_AWAITING_WORD = "Nur, was auf das Wort der eigenen Stelle wartet", "Only what waits for the own agency's word";
    ARG_ONLY_PROTOCOL = "Nur dieses Protokoll", "Only this protocol";
    ARG_FORM = "TOML-Datei, wie show --edit sie schreibt, oder - für die Standardeingabe", "TOML file as show --edit writes it, or - for standard input";
    ARG_CIRCULATED_FORM = "TOML-Datei mit der Fassung, die umlaufen soll; sonst die geltende", "TOML file with the revision that is to circulate; otherwise the one in force";
    ARG_READ_REVISION = "Die Fassung, die gelesen wurde, oder ihr Anfang", "The revision that was read, or its beginning";
    ARG_OBJECTION = "Warum, höchstens 1000 Zeichen; - für die Standardeingabe", "Why, at most 1,000 characters; - for standard input";
    ARG_ITEM_OR_ALL = "Nummer des Punkts; 0 heißt alles", "The item's number; 0 means all of it";
    ARG_PROTOCOL_ITEM = "Nummer des Punkts", "The item's number";
    ARG_PART = "Welcher Teil des Punkts", "Which part of the item";
    ARG_PROPOSED_TEXT = "Der andere Text, höchstens 1000 Zeichen; - für die Standardeingabe", "The other text, at most 1,000 characters; - for standard input";
    ARG_APPROVING = "Die Besprechung, die es genehmigt hat", "The meeting that approved it";
    ARG_CORRECTION = "Die Berichtigung, höchstens 1000 Zeichen; - für die Standardeingabe", "The correction, at most 1,000 characters; - for standard input";
    ARG_EXPORT_AS = "Als was", "As what";
    NO_PROTOCOLS = "Keine Protokolle.", "No protocols.";

    FORM_HEAD = "# Entwurf eines Protokolls; zurück mit: verbund protocol revise KENNUNG DATEI\n# Texte ohne Bezug auf Personen. Grenzen in Zeichen: title 120, affairs 2000, text 1000.\n# [[item]] ist ein Punkt, [[item.assessment]] eine Bewertung (agency, text), [[item.decision]] ein Beschluss (text, step, dissent).\n# protocol und revision sagen, woraus der Entwurf entstand; sie bleiben, wie sie sind.", "# Draft of a protocol; send it with: verbund protocol revise ID FILE\n# Texts without a word about persons. Bounds in characters: title 120, affairs 2000, text 1000.\n# [[item]] is an item, [[item.assessment]] an assessment (agency, text), [[item.decision]] a decision (text, step, dissent).\n# protocol and revision say what the draft was made of; they stay as they are.";
    BAD_FORM = "{0}, Zeile {1}: {2}", "{0}, line {1}: {2}";
    FORM_BAD_ID = "Punkt {0}: {1} nennt etwas, das keine ganze Kennung ist (STELLE/KENNUNG)", "item {0}: {1} names something that is no whole id (AGENCY/ID)";
    OTHER_PROTOCOL = "die Datei gehört zum Protokoll {0}, nicht zu {1}", "the file belongs to the protocol {0}, not to {1}";
    FORM_IS_STALE = "die Datei entstand aus der Fassung {0}, inzwischen gilt {1} ({2}); nichts gesendet\n  Unterschiede oben; mit show --edit neu beginnen, oder beide zusammenführen und revision ändern", "the file was made of revision {0}, and {1} is in force by now ({2}); nothing was sent\n  differences above; begin anew with show --edit, or bring both together and change revision";

    PROTOCOL_HEAD = "Protokoll {0} – {1}", "Protocol {0} – {1}";
    COLUMN_PROTOCOL = "Protokoll", "Protocol";
    COLUMN_WRITER = "Schreibt", "Writer";
    COLUMN_SIGNED_OFF = "Gezeichnet", "Signed off";
    COLUMN_REVISION = "Fassung", "Revision";
    COLUMN_ATTENDANCE = "Teilnahme", "Attendance";
    COLUMN_WORD = "Wort", "Word";
    COLUMN_BOUND = "Gebunden", "Bound";
    COLUMN_PART = "Teil", "Part";
    COLUMN_READ = "Gesehen ({0})", "Seen ({0})";
    COLUMN_IN_FORCE = "Gilt ({0})", "In force ({0})";
    NOT_THERE = "–", "–";
    FACT_MEETING = "Besprechung", "Meeting";
    FACT_CIRCULATED = "Im Umlauf", "Circulates";
    FACT_APPROVED_BY = "Genehmigt durch", "Approved by";
    FACT_AFFAIRS = "Sachstand", "State of affairs";
    FACT_UPDATES = "Meldungen", "Updates";
    FACT_TASKS = "Aufgaben", "Tasks";
    CIRCULATED_ON = "{0} seit {1}", "{0} since {1}";
    ITEM_N = "TOP {0}", "item {0}";
    ITEM_PART = "TOP {0}, {1}", "item {0}, {1}";
    ALL_OF_IT = "alles", "all of it";
    ASSESSMENT_OF = "Bewertung {0}", "Assessment by {0}";
    DECISION_N = "Beschluss {0}", "Decision {0}";
    RESTS_ON = "Meldung {0}", "Update {0}";
    BLOCKED = "gesperrt: die Stelle erhebt Einwand", "blocked: the agency objects";
    PROPOSED_TEXTS = "Vorgeschlagene Texte", "Proposed texts";
    PROPOSAL_IS_STALE = " [zu einer früheren Fassung, {0}]", " [on an earlier revision, {0}]";
    CORRECTIONS = "Berichtigungen", "Corrections";
    HOW_TO_SIGN_OFF = "Zeichnen: verbund protocol sign-off {0} --revision {1}\nEinwand: verbund protocol object {0} TEXT --revision {1}", "Sign off: verbund protocol sign-off {0} --revision {1}\nObject: verbund protocol object {0} TEXT --revision {1}";
}
