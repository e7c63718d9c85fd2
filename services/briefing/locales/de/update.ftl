# Writing, reading and deciding on updates.

# The guard beside a text.

guard-clear = Der Wächter findet nichts, das auf eine Person zeigt.
guard-rejected = So kann der Text nicht gesendet werden. Schreiben Sie ihn ohne das Markierte.
guard-review = Das könnte auf eine Person zeigen. Schreiben Sie es anders, oder lesen Sie es noch einmal genau.
guard-not-so = so nicht zulässig
guard-class-1 = Name
guard-class-2 = Kontakt oder Kennung
guard-class-3 = Aktenzeichen oder Kennzeichen
guard-class-4 = Genaue Adresse
guard-class-5 = Alter
guard-class-6 = Einzelne Person
guard-class-7 = Handlung einer einzelnen Person
guard-class-8 = Gesundheit einer einzelnen Person
guard-class-9 = Kleine Anzahl
guard-class-10 = Genaue Uhrzeit
guard-class-11 = Versteckte Zeichen
guard-class-12 = Herkunft oder Gruppe
guard-class-other = Hinweis
text-left = Freie Zeichen: #

# Fields.

field-place = Ort
field-category = Kategorie
field-agency = Stelle
field-when = Zeit
field-day = Tag
field-window = Zeitfenster
field-trend = Entwicklung
field-source = Woher wir es wissen
field-measure = Maßnahme
field-urgency = Dringlichkeit
field-handling = Einstufung
field-audience = Empfänger
field-note = Notiz
field-generalised-note = Notiz für Polizei und Staatsanwaltschaft
field-readings = Zahlen
field-exercise = Dies ist eine Übung
nothing = nichts

# The form.

form-problems = Bitte berichtigen Sie:
form-more = Weitere Angaben
form-more-hint = Quelle, Maßnahme, Einstufung, Empfänger, Übung
places-often = Häufig gemeldet
places-elsewhere = Weitere Orte
place-whole = { $place }, ganzer Bezirk
place-search = Ort suchen
place-search-empty = Kein Ort heißt so.
day-today = Heute, { $day }
day-yesterday = Gestern, { $day }
day-other = Anderer Tag
day-other-label = Welcher Tag
window-hint = Die Nacht gehört zu dem Tag, an dem sie beginnt.
note-hint = Orte, Zeiten, Mengen, Maßnahmen. Nichts, was auf eine Person zeigt.
readings-hint = Geben Sie Zahlen ein, wie Sie gezählt haben. Der Knoten speichert Personen und Handlungen nur in Spannen.
readings-again = Was in Spannen gespeichert ist, muss neu eingegeben werden.
reading-what = Was
reading-none = – keine Zahl –
reading-value = Anzahl oder Prozent
reading-base = Von wie vielen (nur bei Anteilen)
reading-add = Noch eine Zahl
measure-suggested = Passend zur Kategorie
measure-hint = Vorgeschlagen wird, was zu dieser Kategorie meist gemeldet wird.
handling-hint-1 = Alle dürfen es wissen. Nicht zurückholbar: Eine zweite Person muss bestätigen.
handling-hint-2 = Im Umfeld des Konzepts, auch im Bericht an den Ausschuss.
handling-hint-3 = In den beteiligten Stellen und für wen es dort nötig ist.
handling-hint-4 = Nur in den beteiligten Stellen, nicht auf der Leinwand.
protected-hint = Polizei und Staatsanwaltschaft erhalten nur eine verallgemeinerte Fassung, am Tag danach: Bezirk und Tag, ohne Notiz.
generalised-note-hint = Geht am Tag danach mit der verallgemeinerten Fassung. Leer lassen, wenn nichts gesagt werden soll.
update-send = Senden
send-hint = Der Wächter prüft den Text vor dem Senden.
text-max = Höchstens 280 Zeichen.
correct-title = Meldung berichtigen
correct-lead = Die neue Fassung geht an dieselben Stellen: { $audience }. Der Verlauf bleibt sichtbar.
correct-send = Neue Fassung senden
correct-stale-link = Was sich geändert hat
review-ask-title = Der Wächter bittet um eine zweite Durchsicht.
review-ask-text = Schreiben Sie den Text um. Oder bestätigen Sie, dass er auf keine Person zeigt; das wird als geprüft vermerkt. Oder legen Sie ihn jemandem aus der Koordination zur Prüfung hin.
review-ask-again = Geänderten Text senden
review-ask-confirm = Gelesen, so senden
review-ask-hold = Zur Prüfung hinlegen

# An update's page.

sent-title = Die Meldung ist gesendet.
sent-to = Sie geht an: { $agencies }.
sent-generalised-to = Verallgemeinert, am Tag danach: { $agencies }. Sie erfahren nur Bezirk und Tag.
sent-another = Noch eine Meldung
queued-title = Die Meldung ist eingereiht.
queued-text = Der Knoten wurde aus einer Sicherung hergestellt und wartet, bis seine Partner gezeigt haben, was sie von ihm haben. Dann geht die Meldung von selbst hinaus; Sie müssen sie nicht noch einmal senden.
queued-until-then = Bis dahin sieht sie keine andere Stelle. Berichtigen können Sie sie erst danach; zurückziehen können Sie sie jetzt schon.
update-audience = Gerichtet an: { $agencies }.
update-reviewed = Von der Koordination geprüft.
update-actions = Was Sie damit tun können
update-make-task = Aufgabe daraus machen
update-correct = Berichtigen
update-withdraw = Zurückziehen
pin-title = In die laufende Besprechung: { $meeting }
pin-item = Zu welchem Punkt
pin = Vorlegen
delivery-title = Zustellung
delivery-caption = Was aus jeder Fassung bei jeder Stelle wurde
delivery-none = Keine andere Stelle erhält diese Meldung.
delivery-shown = Dort zuerst angezeigt
version = Fassung { $number }
history-title = Verlauf
history-made = gemeldet
history-corrected = berichtigt
history-withdrawn = zurückgezogen: { $reason }
history-becomes = jetzt:
withdraw-title = Meldung zurückziehen
withdraw-reason = Grund
withdraw-text = Zurückgezogen bleibt zurückgezogen. Die anderen Stellen sehen, dass es die Meldung gab und warum sie nicht mehr gilt.
withdraw-personal-short = Text wird überall vernichtet
withdraw-personal-title = Steht darin etwas über eine Person?
withdraw-personal-text = Dann wählen Sie „Personenbezug“. Der Text aller Fassungen wird bei allen Stellen innerhalb einer Minute vernichtet, und die Knoten quittieren das. Niemand kann ihn wiederherstellen.
withdraw-now = Zurückziehen
notice-update-corrected = Die neue Fassung ist gesendet.
notice-update-withdrawn = Die Meldung ist zurückgezogen.
notice-update-held = Zur Prüfung zurückgestellt. Noch nichts wurde gesendet.
notice-update-awaits-second = Die Meldung wartet auf eine zweite Person aus der Koordination. Noch nichts wurde gesendet.
notice-update-let-go = Freigegeben und gesendet.

# What waits for a decision.

reviews-title = Zur Prüfung
reviews-held = Vom Wächter zurückgestellt
reviews-held-lead = Diese Entwürfe könnten auf eine Person zeigen. Sie haben den eigenen Knoten nicht verlassen. Wer koordiniert, gibt sie frei oder verwirft sie.
reviews-none = Kein Entwurf wartet.
review-title = Entwurf prüfen
review-lead = Lesen Sie den Text mit den Hinweisen des Wächters. Freigeben darf jede Person der Koordination, auch wer ihn geschrieben hat. Vermerkt wird die Rolle, nicht der Name.
review-look = Ansehen und entscheiden
review-held-at = Zurückgestellt: { $moment }
review-until = Frist: { $day }, danach wird der Text vernichtet.
review-to = Geht an: { $agencies }.
review-generalised-to = Verallgemeinert, am Tag danach, an: { $agencies }.
review-corrects = Berichtigt diese Meldung
review-second = TLP:CLEAR: Nach der Freigabe muss noch eine zweite Person bestätigen.
review-rejected = Der Wächter lässt diesen Text nicht mehr zu. Verwerfen Sie ihn und schreiben Sie neu.
review-confirm = Zeigt auf keine Person: freigeben
review-discard = Verwerfen und Text vernichten
clear-title = Warten auf eine zweite Person
clear-lead = TLP:CLEAR darf jeder wissen und niemand kann es zurückholen. Darum bestätigt eine zweite Person aus der Koordination.
clear-none = Keine CLEAR-Meldung wartet.
clear-mine = Sie haben das selbst abgesendet. Eine andere Person muss es bestätigen.
clear-confirm = Als zweite Person bestätigen
clear-discard = Nicht senden, verwerfen
clear-more = Es warten noch mehr. Entscheiden Sie erst über diese.
notice-review-discarded = Verworfen. Der Text ist vernichtet.
notice-clear-discarded = Verworfen. Nichts wurde gesendet.
