//! What is said of meetings and briefings.

use super::texts;

texts! { MEETINGS:
    MINUTES = "MINUTEN", "MINUTES";
    ITEM = "TITEL[=MASSNAHME]", "TITLE[=MEASURE]";
    RHYTHM = "TAKT", "RHYTHM";
    ANSWER = "ANTWORT", "ANSWER";

    ABOUT_MEETING = "Besprechungen planen, beantworten und in den Kalender holen", "Plan meetings, answer invitations, get the calendar";
    ABOUT_MEETING_PLAN = "Eine Besprechung oder eine Reihe planen; die eigene Stelle hat den Vorsitz", "Plan a meeting or a series; the own agency chairs";
    ABOUT_MEETING_AMEND = "Ändern, was geplant ist; was nicht angegeben ist, bleibt", "Change what is planned; what isn't given stays";
    ABOUT_MEETING_CANCEL = "Absagen", "Cancel it";
    ABOUT_MEETING_ANSWER = "Die Einladung für die eigene Stelle beantworten", "Answer the invitation for the own agency";
    ABOUT_MEETING_SHOW = "Eine Besprechung mit allen Schritten", "One meeting with all steps";
    ABOUT_MEETING_LIST = "Besprechungen, die zuletzt geänderten zuerst", "Meetings, the last changed first";
    ABOUT_MEETING_WATCH = "Besprechungen mitlesen, wie sie sich ändern", "Follow meetings as they change";
    ABOUT_MEETING_CALENDAR = "Besprechungen und fällige Aufgaben als Kalenderdatei (.ics)", "Meetings and due tasks as a calendar file (.ics)";
    ARG_MEETING_TYPE = "Art der Besprechung nach der Charta", "Meeting type of the charter";
    ARG_DEPUTY = "Wer den Vorsitz übernimmt, wenn die eigene Stelle ausfällt", "Who chairs if the own agency can't";
    ARG_INVITE = "Wer außerdem eingeladen ist; sonst alle", "Who else is invited; otherwise all";
    ARG_MEETING_DAY = "Der Tag", "The day";
    ARG_START = "Wann sie beginnt, in der Zeitzone der Charta", "When it begins, in the charter's time zone";
    ARG_MINUTES = "Wie lange sie dauern soll; 60, wenn nichts angegeben ist", "How long it is to last; 60 if nothing is given";
    ARG_MEETING_PLACE = "Ort der Charta; ohne Angabe anderswo", "Place of the charter; elsewhere if none is given";
    ARG_MEETING_TITLE = "Wie sie heißt, höchstens 120 Zeichen; sonst wie ihre Art", "What it is called, at most 120 characters; otherwise as its type";
    ARG_ITEM = "Ein Punkt der Tagesordnung, auch mehrmals. \"#3 TITEL\" ändert den dritten; genannte Punkte sind die ganze Tagesordnung", "An item of the agenda, also several times. \"#3 TITLE\" changes the third; the items that are named are the whole agenda";
    ARG_ITEM_APPROVES = "Ein Punkt, in dem dieses Protokoll genehmigt wird", "An item that approves this protocol";
    ARG_EVERY = "Wie oft sie sich trifft", "How often it meets";
    ARG_COUNT = "Wie viele Besprechungen die Reihe hat, 2 bis 60", "How many meetings the series has, 2 to 60";
    ARG_ANSWER = "Was die eigene Stelle antwortet", "What the own agency answers";
    ARG_SERIES = "Nur diese Reihe", "Only this series";
    ARG_ONLY_MEETING = "Nur diese Besprechung", "Only this meeting";
    NO_MEETINGS = "Keine Besprechungen.", "No meetings.";
    SERIES_PLANNED = "{0} Besprechungen, {1}", "{0} meetings, {1}";
    APPROVAL_ITEM = "Genehmigung des Protokolls", "Approval of the protocol";
    PROTOCOL_DRAFTED = "Protokollentwurf {0}\n  ansehen und schreiben: verbund protocol show {0} --edit > p.toml", "draft of the protocol {0}\n  look and write: verbund protocol show {0} --edit > p.toml";
    MEETING_HEAD = "Besprechung {0} {1}", "Meeting {0} {1}";
    MEETING_BEGINS = "{0}, {1}, {2} Minuten", "{0}, {1}, {2} minutes";
    COLUMN_CHAIR = "Vorsitz", "Chair";
    COLUMN_COMING = "Zusagen", "Coming";
    FACT_DEPUTY = "Vertretung", "Deputy";
    FACT_INVITED = "Eingeladen", "Invited";
    FACT_AGENDA = "Tagesordnung", "Agenda";
    FACT_SERIES = "Reihe", "Series";

    ABOUT_BRIEFING = "Die gemeinsame Lagebesprechung: alle sehen dieselbe Seite", "The joint briefing: all look at the same page";
    ABOUT_BRIEFING_OPEN = "Beginnen: ab jetzt sehen alle denselben Stand", "Begin: from now on all look at the same entries";
    ABOUT_BRIEFING_SHOW = "Die Seite, die alle sehen", "The page that all look at";
    ABOUT_BRIEFING_WATCH = "Die Seite, die alle sehen, neu bei jeder Änderung", "The page that all look at, anew with each change";
    ABOUT_BRIEFING_PIN = "Eine Meldung auf den Tisch legen", "Lay an update on the table";
    ABOUT_BRIEFING_FIND = "Eine Feststellung notieren", "Note a finding";
    ABOUT_BRIEFING_PROPOSE = "Einen Beschluss vorschlagen", "Propose a decision";
    ABOUT_BRIEFING_PROPOSE_TASK = "Eine Aufgabe vorschlagen", "Propose a task";
    ABOUT_BRIEFING_DECIDE = "Einen Beschluss festhalten", "Record a decision";
    ABOUT_BRIEFING_DISSENT = "Festhalten, wer einem Beschluss nicht zustimmt", "Record who does not agree to a decision";
    ABOUT_BRIEFING_SUPPORT = "Dafür sein, dass die Vertretung den Vorsitz übernimmt", "Want the deputy to take over";
    ABOUT_BRIEFING_TAKE_OVER = "Als Vertretung den Vorsitz übernehmen", "Take over the chair, as the deputy";
    ABOUT_BRIEFING_CLOSE = "Schließen; daraus wird der Entwurf des Protokolls", "End it; that makes the draft of its protocol";
    ARG_PARTICIPANT = "Wer außer dem Vorsitz teilnimmt; sonst alle, die zugesagt haben", "Who takes part besides the chair; otherwise all that are coming";
    ARG_HERE = "Auch zeigen, was nicht auf die Leinwand gehört: niemand sonst sieht zu", "Show also what is not for a projector: nobody else looks";
    ARG_ITEM_NUMBER = "Nummer des Punkts der Tagesordnung", "Number of the agenda's item";
    ARG_PINNED = "Ganze Kennung der Meldung; alle Teilnehmenden müssen sie haben", "The update's whole id; all participants must have it";
    ARG_ITEM_TEXT = "Was zu sagen ist, höchstens 1000 Zeichen, ohne Bezug auf Personen; - für die Standardeingabe", "What there is to say, at most 1,000 characters, without a word about persons; - for standard input";
    ARG_DECISION_TEXT = "Was beschlossen ist, höchstens 1000 Zeichen; ohne Angabe der Text des Vorschlags", "What was decided, at most 1,000 characters; the proposal's text if none is given";
    ARG_PROPOSAL = "Der Schritt des Vorschlags, oder sein Anfang", "The proposal's step, or its beginning";
    ARG_DECISION = "Der Schritt des Beschlusses, oder sein Anfang", "The decision's step, or its beginning";
    ARG_DISSENT_TEXT = "Warum nicht, höchstens 1000 Zeichen", "Why not, at most 1,000 characters";
    ARG_DISSENTING = "Wer nicht zustimmt; sonst die eigene Stelle", "Who does not agree; otherwise the own agency";

    CHAIR_AND_DEPUTY = "Vorsitz {0}, Vertretung {1}", "Chair {0}, deputy {1}";
    CHAIR_TAKEN_OVER = "Vorsitz {0}, übernommen von {1}", "Chair {0}, taken over from {1}";
    PARTICIPANTS = "Dabei", "Taking part";
    BEHIND = "hängt zurück", "is behind";
    SUPPORTS_DEPUTY = "für die Vertretung", "for the deputy";
    TO_APPROVE = "Zu genehmigen: Protokoll {0}", "To be approved: protocol {0}";
    ON_THE_TABLE = "Auf dem Tisch", "On the table";
    FINDINGS = "Feststellungen", "Findings";
    PROPOSED = "Vorgeschlagene Beschlüsse", "Proposed decisions";
    PROPOSED_TASKS = "Vorgeschlagene Aufgaben", "Proposed tasks";
    DECISIONS = "Beschlüsse", "Decisions";
    AS_PROPOSED = "wie vorgeschlagen {0}", "as proposed in {0}";
    NOT_AGREED = "nicht einverstanden: {0}", "not agreed: {0}";
    LATE = "nach dem Schluss, nicht im Protokoll", "after the end, not in the protocol";
    NOT_HERE = "Meldung {0}, hier nicht vorhanden", "update {0}, not at hand here";
    PINNED_BY = "von {0} vorgelegt", "laid out by {0}";
    NOT_FOR_PROJECTOR = "Meldung von {0}, {1}: nicht für die Leinwand. Am eigenen Bildschirm: verbund get {2}", "update of {0}, {1}: not for a projector. On your own screen: verbund get {2}";
}
