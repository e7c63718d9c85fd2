//! What one reads while the demonstration's coordinators meet.

use super::texts;

texts! { SITTING:
    SITTING_BEGINS = "Danach stimmen sich die Koordinationen ab.", "Then the coordinators talk.";
    SITTING_ASKED = "       {0} fragt: {1}", "       {0} asks: {1}";
    SITTING_ANSWERED = "       {0} antwortet: {1}", "       {0} answers: {1}";
    SITTING_NOTED = "       {0} nimmt die Meldung zur Kenntnis", "       {0} takes note of the update";
    SITTING_TASK = "       {0} bittet {1}: {2}", "       {0} asks of {1}: {2}";
    SITTING_TASK_STEP = "       {0}: {1}", "       {0}: {1}";
    SITTING_PLANNED = "       {0} lädt ein: {1}, {2} {3} Uhr", "       {0} invites: {1}, {2} {3}";
    SITTING_ANSWERS = "       alle eingeladenen Stellen sagen zu", "       all invited agencies come";
    SITTING_OPENED = "       Lagebesprechung eröffnet, gemeinsamer Stand über {0} Ablagen", "       briefing opened, a common cut over {0} lanes";
    SITTING_SAID = "       {0}: {1}", "       {0}: {1}";
    SITTING_DECIDED = "       Beschluss: {0}", "       decision: {0}";
    SITTING_DISSENT = "       {0} trägt das nicht mit", "       {0} does not agree";
    SITTING_CLOSED = "       Lagebesprechung beendet, Protokollentwurf {0}", "       briefing closed, draft protocol {0}";
    SITTING_OBJECTED = "       {0} widerspricht der Fassung: {1}", "       {0} objects to the revision: {1}";
    SITTING_REVISED = "       {0} überarbeitet und gibt die neue Fassung in Umlauf", "       {0} revises and circulates the new revision";
    SITTING_SIGNED = "       alle teilnehmenden Stellen zeichnen die Fassung ab", "       all attending agencies sign the revision off";
    SITTING_RELEASED = "       Protokoll {0} freigegeben", "       protocol {0} released";
    SITTING_FILE = "       geschrieben: {0}", "       written: {0}";
    SITTING_SKIPPED = "       Abstimmung nicht weiter gespielt: {0}", "       the talk is not played on: {0}";
    SITTING_RESULT = "Aufgaben {0}, Besprechungen {1}, Protokolle {2}: bei {3} von {4} Stellen im selben Stand", "tasks {0}, meetings {1}, protocols {2}: in the same state at {3} of {4} agencies";
    SITTING_DIFFERS = "nicht alle Stellen sehen Aufgaben, Besprechungen und Protokolle im selben Stand", "not all agencies see tasks, meetings and protocols in the same state";
}
