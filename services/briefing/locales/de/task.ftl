# Tasks, and what tasks and protocols have in common.

# Fields and their parts.

choose = – bitte wählen –
filters = Filter
filters-none = Ohne Filter
none-here = nichts
text-at-most = { $count ->
    [one] Höchstens ein Zeichen.
   *[other] Höchstens { $count } Zeichen.
}
cannot-be-undone = Das lässt sich nicht rückgängig machen.
confirm-review-lead = Der Wächter ist sich nicht sicher. Lesen Sie den Text noch einmal: Zeigt er auf eine Person?
confirm-review = Ich habe die Hinweise gelesen. Der Text zeigt auf keine Person.

# Why a step was not taken.

trouble-guard = Hier hat der Wächter etwas gefunden.
trouble-invalid-range-due = Eine Aufgabe ist heute oder später fällig, und in höchstens zwei Jahren.
trouble-invalid-range = Das ist mehr, als in ein Protokoll passt. Kürzen Sie, oder nehmen Sie Punkte heraus.
trouble-note-too-long = Der Text ist zu lang. Kürzen Sie ihn.
trouble-subject-mismatch = Das passt nicht zu diesem Vorgang: Nennen Sie nur Stellen, die dazugehören, und alles nur einmal.
trouble-void-not-opened = Das gibt es hier so nicht: Wer es begonnen hat, hat sich dabei widersprochen.
trouble-void-not-yours = Dieser Schritt ist nicht Sache Ihrer Stelle.
trouble-void-not-now = Dieser Schritt ist jetzt nicht möglich.
trouble-void-fixed = Was von Anfang an feststeht, lässt sich nicht ändern.
trouble-state-proposed = Die Aufgabe ist erst vorgeschlagen.
trouble-state-assigned = Die Aufgabe ist angefragt.
trouble-state-accepted = Die Aufgabe ist angenommen.
trouble-state-declined = Die Aufgabe ist abgelehnt.
trouble-state-in-progress = Die Aufgabe ist in Arbeit.
trouble-state-done = Die Aufgabe ist erledigt gemeldet.
trouble-state-verified = Die Aufgabe ist abgenommen und damit zu Ende.
trouble-state-withdrawn = Die Aufgabe ist zurückgezogen und damit zu Ende.
trouble-state-draft = Das Protokoll ist ein Entwurf.
trouble-state-circulating = Das Protokoll ist im Umlauf.
trouble-state-objected = Zum Protokoll gibt es einen Einwand.
trouble-state-released = Das Protokoll ist freigegeben.
trouble-state-released-with-reservation = Das Protokoll ist mit Vorbehalt freigegeben.
trouble-state-approved = Das Protokoll ist genehmigt.
trouble-too-early = { $count ->
    [one] Dafür ist es zu früh: Die Frist der Charta läuft noch einen Tag.
   *[other] Dafür ist es zu früh: Die Frist der Charta läuft noch { $count } Tage.
}

# The steps that were taken.

steps-title = Verlauf
steps-reviewed = von der Koordination durchgesehen
step-void = Zählt nicht.
step-void-not-opened = Zählt nicht: Nichts geht diesem Schritt voraus.
step-void-not-yours = Zählt nicht: Das war nicht Sache dieser Stelle.
step-void-not-now = Zählt nicht: Der Stand, den die Stelle kannte, ließ es nicht zu.
step-void-fixed = Zählt nicht: Der Schritt ändert, was von Anfang an feststeht.
step-waiting = Wartet auf frühere Schritte, die noch unterwegs sind.
step-made-propose = vorgeschlagen
step-made-assign = angefragt
step-made-amend = geändert
step-made-return = zurückgegeben
step-made-verify = abgenommen
step-made-withdraw = zurückgezogen
step-made-accept = angenommen
step-made-decline = abgelehnt
step-made-progress = in Arbeit genommen
step-made-finish = erledigt gemeldet
step-made-draft = entworfen
step-made-revise = überarbeitet
step-made-circulate = in Umlauf gegeben
step-made-sign-off = gezeichnet
step-made-object = Einwand erhoben
step-made-release = freigegeben
step-made-reserve = mit Vorbehalt freigegeben
step-made-approve = genehmigt
step-made-correct = Berichtigung angefügt
step-made-support = ist dafür, dass die Vertretung übernimmt
step-made-take-over = hat übernommen

# Questions and answers.

talk-title = Rückfragen
talk-none = Noch keine Rückfrage.
talk-asks = fragt
talk-answers = antwortet
talk-text = Text
talk-ask = Etwas fragen
talk-ask-send = Frage senden
talk-answer = Antworten
talk-answer-send = Antwort senden
talk-retract = Zurücknehmen
talk-retract-lead = Der Text wird auf allen Knoten gelöscht. Nehmen Sie ihn zurück, wenn er auf eine Person zeigt. Das lässt sich nicht rückgängig machen.
talk-retracted = Zurückgenommen. Der Text ist gelöscht.
notice-talk-added = Gesendet. Alle, die diese Seite sehen, können es lesen.
notice-talk-retracted = Zurückgenommen. Der Text wird überall gelöscht.

# Tasks.

tasks-parts = Wessen Aufgaben
tasks-of-us = An uns gerichtet
tasks-by-us = Von uns gestellt
tasks-all = Alle
tasks-board = Tafel
tasks-list = Liste
tasks-empty = Hier ist keine Aufgabe.
tasks-first = Noch keine Aufgabe. Mit „Neue Aufgabe“ bitten Sie eine andere Stelle um etwas; was andere von Ihnen erbitten, erscheint hier von selbst.
tasks-count = { $count ->
    [one] Eine Aufgabe
   *[other] { $count } Aufgaben
}
tasks-more-in-list = { $count ->
    [one] Eine weitere in der Liste
   *[other] { $count } weitere in der Liste
}
tasks-only-overdue = nur überfällige
board-keys = Mit der Tastatur: Pfeiltasten gehen von Karte zu Karte, M öffnet die Schritte, Esc schließt sie.
board-moving = Die Aufgabe wird verschoben.
board-not-there = Dorthin geht es von hier aus nicht.
task-new = Neue Aufgabe
task-new-lead = Sie bitten eine andere Stelle um etwas. Die Aufgabe gilt erst, wenn diese sie annimmt.
task-title = Titel
task-description = Beschreibung
task-status = Stand
task-assigner = Anfrage von
task-assignee = Anfrage an
task-measure = Maßnahme
task-category = Kategorie
task-place = Ort
task-no-place = kein bestimmter Ort
task-due = Fällig
task-no-due = ohne Frist
task-due-by = Fällig bis
task-due-on = fällig { $day }
task-overdue = überfällig
task-changed = Zuletzt geändert
task-audience = Wer sie sieht
task-audience-all = alle Stellen
task-audience-some = nur ausgewählte
task-audience-hint = Ihre Stelle und die gebetene Stelle sehen die Aufgabe immer. Die Auswahl steht fest, sobald sie angelegt ist.
task-handling = Einstufung
task-from = Anlass
task-first = Zuerst zu fragen:
task-take-agency = { $agency } eintragen
task-suggest = Wer ist zuerst zu fragen?
task-send = Anfragen
task-send-proposal = Nur vorschlagen
task-send-change = Änderung senden
task-send-hint = „Nur vorschlagen“ legt die Aufgabe an, ohne jemanden zu bitten. Anfragen können Sie später.
task-change-title = Aufgabe ändern
task-change-lead = Was Sie ändern, wird neu angefragt. Die gebetene Stelle bleibt dieselbe; um eine andere zu bitten, legen Sie eine neue Aufgabe an.
task-assign-lead = Prüfen Sie, was vorgeschlagen war. Dann wird die Stelle gebeten.
task-now = Was jetzt gilt
task-next = Nächste Schritte
task-more-moves = Schritte
task-next-role = Jetzt ist Ihre Stelle am Zug. Schritte macht, wer die Rolle Koordination hat.
task-waits-for = Jetzt ist am Zug: { $agency }.
task-you-may = Sie können trotzdem:
task-over = Die Aufgabe ist zu Ende.
task-with-note = { $move } mit einer Notiz
task-contradicting = widersprüchlich
task-contradicting-by = Widersprüchliche Schritte von: { $agencies }. Es gilt der Stand davor, bis diese Stelle es klärt.
task-declined-because = Abgelehnt: { $reason }
task-erase-on = Löschung
task-erase-text = Am { $day } wird die Aufgabe auf allen Knoten gelöscht.
task-back = Zur Aufgabe
task-note = Notiz
task-reason = Grund
task-stale = Inzwischen hat sich die Aufgabe geändert. Sehen Sie sich an, was neu ist, und entscheiden Sie dann noch einmal. Nichts wurde gespeichert.
task-news = Das ist neu
task-not-offered = Dieser Schritt ist jetzt nicht möglich, oder nicht für Ihre Stelle.
task-step-assign = Die Stelle wird um die Aufgabe gebeten, so wie sie vorgeschlagen war.
task-step-accept = Ihre Stelle nimmt die Aufgabe an. Sie können sie später noch abgeben.
task-step-decline = Ihre Stelle nimmt die Aufgabe nicht an oder gibt sie ab. Die bittende Stelle erfährt den Grund.
task-step-progress = Ihre Stelle arbeitet daran, oder nimmt die Arbeit wieder auf.
task-step-finish = Die Aufgabe ist aus Sicht Ihrer Stelle erledigt. Die bittende Stelle nimmt sie ab oder gibt sie zurück.
task-step-return = Es ist noch nicht erledigt: Die Aufgabe geht zurück in Arbeit. Sagen Sie, was fehlt.
task-step-verify = Ihre Stelle bestätigt, dass es erledigt ist. Die Aufgabe ist damit zu Ende und wird später gelöscht.
task-step-withdraw = Ihre Stelle braucht die Aufgabe nicht mehr. Sie ist damit zu Ende und wird später gelöscht.
notice-task-proposed = Die Aufgabe ist vorgeschlagen.
notice-task-assigned = Die Stelle ist gebeten.
notice-task-amended = Die Änderung ist gesendet und neu angefragt.
notice-task-returned = Die Aufgabe ist zurückgegeben.
notice-task-verified = Die Aufgabe ist abgenommen.
notice-task-withdrawn = Die Aufgabe ist zurückgezogen.
notice-task-accepted = Die Aufgabe ist angenommen.
notice-task-declined = Die Aufgabe ist abgelehnt.
notice-task-progressed = Die Aufgabe ist in Arbeit.
notice-task-finished = Die Aufgabe ist erledigt gemeldet.
