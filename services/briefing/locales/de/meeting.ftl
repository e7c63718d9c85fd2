# Meetings, the joint briefing and the calendar.

# The list.

meeting-list-title = Besprechungen
meeting-plan = Besprechung planen
meeting-running-heading = Läuft gerade
meeting-join = Zur laufenden Besprechung
meeting-screen = Ansicht für die Leinwand
meeting-coming-heading = Geplant
meeting-unanswered = { $count ->
    [one] Eine Einladung wartet auf Ihre Antwort.
   *[other] { $count } Einladungen warten auf Ihre Antwort.
}
meeting-none-coming = Zurzeit ist keine Besprechung geplant.
meeting-none-chosen = In dieser Auswahl ist keine Besprechung geplant.
meeting-none-past = Hier gibt es noch keine vergangene Besprechung.
meeting-past-heading = Vergangen
meeting-filter = Besprechungen auswählen
meeting-from = Von
meeting-to = Bis
meeting-clock = { $time } Uhr
meeting-place-other = anderer Ort
meeting-chaired-by = Vorsitz: { $agency }
meeting-deputy-is = Vertretung: { $agency }
meeting-lasts = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
meeting-late = hätte schon beginnen sollen
meeting-own-answer = Ihre Antwort: { $answer }
meeting-no-answer = noch keine Antwort von Ihnen
meeting-coming-count = { $count } von { $all } kommen
meeting-series-all = alle Termine der Reihe
meeting-come = Wir kommen
meeting-decline = Wir kommen nicht
meeting-undecided = Noch offen
meeting-come-to = Wir kommen: { $title }
meeting-decline-to = Wir kommen nicht: { $title }
meeting-undecided-to = Noch offen: { $title }
meeting-chair = Vorsitz
meeting-deputy-short = Vertretung
meeting-status = Stand
meeting-back = Zu den Besprechungen

# Planning and changing.

meeting-plan-title = Besprechung planen
meeting-amend-title = Besprechung ändern
meeting-amend = Ändern
meeting-choose = Bitte wählen
meeting-type = Art der Besprechung
meeting-day = Tag
meeting-start = Beginn
meeting-minutes = Dauer in Minuten
meeting-place = Ort
meeting-title = Titel
meeting-title-hint = Freiwillig. Ohne Titel heißt die Besprechung wie ihre Art.
meeting-invited = Eingeladen
meeting-invited-hint = Wer eingeladen ist, steht danach fest: Diese Stellen lesen alles, was in der Besprechung gesagt wird.
meeting-deputy = Vertretung des Vorsitzes
meeting-deputy-hint = Diese Stelle kann übernehmen, wenn Ihr Knoten während der Besprechung ausfällt.
meeting-rhythm = Wie oft
meeting-once = einmal
meeting-count = Zahl der Termine
meeting-count-hint = Nur bei einer Reihe: 2 bis 60. Jeder Termin ist danach eine Besprechung für sich.
meeting-fixed-hint = Art, Vertretung und Eingeladene stehen seit der Einladung fest. Wenn sich Tag, Zeit oder Ort ändern, werden alle neu um Antwort gebeten.
meeting-agenda = Tagesordnung
meeting-agenda-hint = Bis zu 24 Punkte, ohne Personenbezug. Leere Punkte werden weggelassen. Die Eingabetaste fügt einen Punkt hinzu.
meeting-item = Punkt { $place }
meeting-item-measure = Maßnahme
meeting-item-approves = Genehmigt ein Protokoll
meeting-item-approves-this = das bisher gewählte Protokoll
meeting-item-up = Nach oben
meeting-item-down = Nach unten
meeting-item-remove = Entfernen
meeting-item-add = Punkt hinzufügen
meeting-approval-item = Genehmigung des Protokolls
meeting-plan-send = Einladen
meeting-amend-send = Änderungen senden
meeting-wrong-type = Wählen Sie eine Art aus der Liste.
meeting-wrong-day = Wählen Sie einen Tag ab heute, höchstens zwei Jahre voraus.
meeting-wrong-start = Geben Sie eine Uhrzeit an, zum Beispiel 14:30.
meeting-wrong-minutes = Zwischen 5 und 1440 Minuten.
meeting-wrong-place = Wählen Sie einen Ort aus der Liste.
meeting-wrong-invited = Laden Sie mindestens eine andere Stelle ein.
meeting-wrong-deputy = Die Vertretung ist eine andere Stelle als Ihre und selbst eingeladen.
meeting-wrong-count = Eine Reihe hat 2 bis 60 Termine.
meeting-wrong-agenda = Die Tagesordnung braucht mindestens einen Punkt und hat höchstens 24.
notice-meeting-planned = Die Besprechung ist geplant, die Einladungen sind unterwegs.
notice-meeting-series = Die Reihe ist geplant. Dies ist der erste Termin.
notice-meeting-amended = Die Änderungen sind gesendet.

# One meeting.

meeting-head-label = Wann, wo und wer
meeting-not-taken = Das wurde nicht angenommen. Zum Formular
meeting-to-protocol = Zum Protokoll dieser Besprechung
meeting-protocol-away = Das Protokoll dieser Besprechung ist noch nicht hier, oder es ist schon gelöscht.
meeting-erase-on = Alles aus dieser Besprechung wird am { $day } gelöscht. Das Protokoll bleibt länger.
meeting-only-looking = Ihre Stelle nimmt an dieser Besprechung nicht teil. Sie sehen mit und können nichts beitragen.
meeting-participants = Dabei
meeting-silent = noch keine Antwort
meeting-behind = sieht noch nicht alles
meeting-supports = möchte, dass die Vertretung übernimmt
meeting-answer-heading = Antwort Ihrer Stelle
meeting-answer-none = Ihre Stelle hat noch nicht geantwortet.
meeting-open-heading = Besprechung beginnen
meeting-open-text = Mit dem Beginn stehen die Teilnehmenden fest, und alle sehen denselben Stand der Lage.
meeting-who-is-there = Wer ist dabei?
meeting-open = Jetzt beginnen
meeting-cancel = Besprechung absagen
meeting-cancel-sure = Die Besprechung findet nicht statt. Das lässt sich nicht zurücknehmen.
meeting-close-heading = Besprechung beenden
meeting-close-text = Danach entsteht der Entwurf des Protokolls aus allem, was festgehalten ist. Was später eintrifft, steht nicht darin.
meeting-close-sure = Alles ist festgehalten; die Besprechung kann enden.
meeting-close = Beenden und Protokoll entwerfen
meeting-takeover-heading = { $agency } antwortet nicht?
meeting-takeover-text = Wenn mehr als die Hälfte der Teilnehmenden es möchte, kann die Vertretung ({ $agency }) den Vorsitz übernehmen. Das gilt bis zum Ende der Besprechung.
meeting-support = { $agency } soll übernehmen
meeting-take-over = Vorsitz übernehmen

# What is said to an item.

meeting-pins = Vorgelegte Meldungen
meeting-findings = Feststellungen
meeting-proposals = Vorgeschlagene Beschlüsse
meeting-proposed-tasks = Vorgeschlagene Aufgaben
meeting-decisions = Beschlüsse
meeting-pinned-by = vorgelegt: { $agency }
meeting-proposed-by = Vorschlag: { $agency }
meeting-recorded-by = festgehalten: { $agency }
meeting-late-step = kam erst nach dem Ende an und steht nicht im Protokoll
meeting-update-gone = Diese Meldung ist hier nicht oder nicht mehr zu lesen.
meeting-update-erased = Gelöschte Meldung
meeting-task-for = an: { $agency }
meeting-until = bis { $day }
meeting-proposal-decided = beschlossen
meeting-agree = Beschließen
meeting-agree-changed = Wortlaut ändern
meeting-decision-text = Wortlaut des Beschlusses
meeting-make-task = Aufgabe daraus machen
meeting-dissent = Abweichende Haltung festhalten
meeting-dissent-of = Nicht zugestimmt: { $agencies }
meeting-dissent-who = Wer stimmt nicht zu?
meeting-dissent-own = Festgehalten wird, dass Ihre Stelle nicht zustimmt.
meeting-dissent-text = Begründung (freiwillig)
meeting-dissent-send = Festhalten
meeting-focus = Zu Punkt { $place } beitragen
meeting-screen-item = Auf die Leinwand
meeting-note-label = Zu Punkt { $place } festhalten
meeting-note-hint = Ohne Personenbezug: Orte, Zeiten, Mengen und Maßnahmen genügen.
meeting-text = Text
meeting-find = Als Feststellung notieren
meeting-propose = Als Beschluss vorschlagen
meeting-decide = Als Beschluss festhalten
meeting-propose-task = Aufgabe vorschlagen
meeting-task-title = Aufgabe in einer Zeile
meeting-task-category = Kategorie
meeting-task-assignee = Wer soll es tun?
meeting-task-assignee-hint = Das ist ein Vorschlag: Eine Aufgabe gilt erst, wenn die Stelle sie annimmt.
meeting-asked-first = zuerst zu fragen: { $agency }
meeting-task-measure = Maßnahme
meeting-task-place = Ort
meeting-task-due = Bis wann
meeting-task-description = Was ist zu tun?
notice-meeting-answered = Ihre Antwort ist unterwegs.
notice-meeting-cancelled = Die Besprechung ist abgesagt.
notice-meeting-opened = Die Besprechung läuft.
notice-meeting-pinned = Die Meldung ist vorgelegt.
notice-meeting-found = Die Feststellung ist notiert.
notice-meeting-proposed = Der Beschluss ist vorgeschlagen.
notice-meeting-task-proposed = Die Aufgabe ist vorgeschlagen.
notice-meeting-decided = Der Beschluss ist festgehalten.
notice-meeting-dissented = Die abweichende Haltung ist festgehalten.
notice-meeting-supported = Ihre Stelle möchte, dass die Vertretung übernimmt.
notice-meeting-taken-over = Ihre Stelle hat den Vorsitz.
notice-meeting-closed = Die Besprechung ist beendet. Dies ist der Entwurf des Protokolls.

# The panel of updates.

meeting-situation = Lage
meeting-since-meeting = Seit der letzten Besprechung dieser Art am { $day }
meeting-since-day = Seit { $day }
meeting-situation-filter = Meldungen auswählen
meeting-situation-empty = In dieser Auswahl gibt es keine Meldung.
meeting-situation-more = Es gibt ältere Meldungen. Wählen Sie einen Ort, eine Kategorie oder einen späteren Tag, um alle zu sehen.
meeting-on-items = liegt vor zu Punkt { $items }
meeting-after-cut = Nach dem Beginn eingetroffen: Vielleicht sehen andere sie noch nicht.
meeting-narrow = Nur für einen engeren Kreis. Vorlegen geht erst, wenn die meldende Stelle ({ $agency }) sie an alle Eingeladenen richtet.
meeting-pin-to = Zu Punkt { $place } vorlegen

# The projector.

meeting-not-for-screen = nicht für die Leinwand
meeting-update-not-for-screen = Meldung ({ $agency }): nicht für die Leinwand
meeting-earlier = { $count ->
    [one] und eine frühere
   *[other] und { $count } frühere
}
meeting-decision-count = { $count ->
    [one] ein Beschluss
   *[other] { $count } Beschlüsse
}
meeting-item-bare = Noch nichts festgehalten.

# Steps and states.

meeting-history = { $count ->
    [one] Verlauf: ein Schritt
   *[other] Verlauf: { $count } Schritte
}
meeting-void-steps = { $count ->
    [one] einer zählt nicht
   *[other] { $count } zählen nicht
}
step-made-plan = geplant
step-made-cancel = abgesagt
step-made-answer = auf die Einladung geantwortet
step-made-open = begonnen
step-made-pin = Meldung vorgelegt
step-made-find = Feststellung notiert
step-made-propose-decision = Beschluss vorgeschlagen
step-made-propose-task = Aufgabe vorgeschlagen
step-made-decide = Beschluss festgehalten
step-made-dissent = abweichende Haltung festgehalten
step-made-close = beendet
trouble-state-planned = Die Besprechung ist erst geplant.
trouble-state-cancelled = Die Besprechung ist abgesagt.
trouble-state-running = Die Besprechung läuft.
trouble-state-closed = Die Besprechung ist beendet.

# The calendar.

calendar-link = Kalender
calendar-title = Kalender
calendar-lead = Die Besprechungen und fälligen Aufgaben Ihrer Stelle in Ihrem eigenen Kalender.
calendar-file = Kalenderdatei
calendar-subscribe-heading = Abonnieren
calendar-subscribe-text = Eine geheime Adresse, an der Ihr Kalenderprogramm von selbst nachsieht. Wer sie kennt, kann mitlesen, aber nichts ändern. Wann sie gelesen wird, wird nicht festgehalten.
calendar-has-none = Sie haben noch keine Adresse.
calendar-has-address = Sie haben eine Adresse. Sie wird nur einmal gezeigt; eine neue ersetzt die alte.
calendar-make = Adresse erzeugen
calendar-replace = Neue Adresse erzeugen
calendar-take-back = Adresse ungültig machen
calendar-new-heading = Ihre neue Adresse
calendar-new-text = Tragen Sie sie jetzt in Ihr Kalenderprogramm ein („Kalender aus dem Internet abonnieren“). Sie wird nicht noch einmal gezeigt. Geben Sie sie nicht weiter.
calendar-address = Adresse des Kalenders
calendar-file-heading = Einmal herunterladen
calendar-file-text = Eine Datei mit dem Stand von jetzt. Spätere Änderungen kommen nicht von selbst nach.
calendar-file-all = Alle Termine als Datei
notice-calendar-taken-back = Die Adresse gilt nicht mehr.
