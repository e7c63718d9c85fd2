# The start page.

start-title = Auf einen Blick
start-new = Neu seit dem letzten Blick
start-nothing-new = Nichts Neues von den anderen Stellen.
start-count = { $count ->
    [one] Eine Meldung ist neu oder geändert.
   *[other] { $count } Meldungen sind neu oder geändert.
}
start-count-more = Mehr als { $count } Meldungen sind neu oder geändert.
start-immediate = { $count } × sofort
start-soon = { $count } × heute noch
start-routine = { $count } × Routine
start-not-counted = Dieser Browser weiß noch nicht, was Sie schon gesehen haben. Das sind die neuesten Meldungen:
start-first = Noch keine Meldung. Was die Stellen einander mitteilen, erscheint hier von selbst.
start-seen = Gesehen
start-count-from-now = Ab jetzt zählen
start-all = Alle Meldungen im Feed
start-asked = Wartet auf uns
start-nothing-asked = Niemand wartet auf uns.
start-overdue = überfällig:
asked-look = Prüfen
asked-reviews = { $count ->
    [one] Ein Entwurf wartet auf Prüfung
   *[other] { $count } Entwürfe warten auf Prüfung
}
asked-clear = { $count ->
    [one] Eine CLEAR-Meldung wartet auf Sie als zweite Person
   *[other] { $count } CLEAR-Meldungen warten auf Sie als zweite Person
}
asked-task-answer = Aufgabe beantworten
asked-task-do = Aufgabe erledigen
asked-task-verify = Ergebnis abnehmen
asked-task-declined = Abgelehnte Aufgabe klären
asked-protocol = Protokoll zeichnen
asked-invitation = Einladung beantworten
start-meetings = Nächste Besprechungen
start-no-meeting = Keine Besprechung ist geplant.
start-join = Zur laufenden Besprechung: { $meeting }
start-clock = { $time } Uhr
start-chair = Vorsitz: { $agency }
start-partners = Partner
start-alarms = { $count ->
    [one] Eine Warnung ist offen
   *[other] { $count } Warnungen sind offen
}
notice-seen = Ab jetzt zählt die Startseite neu.

# How it stands with a partner, after its name.

partner-current = aktuell
partner-never = noch nie erreicht
partner-away = nicht erreichbar, letzte Nachricht { $ago }
partner-relayed = nur über Dritte erreichbar
partner-behind = liegt { $lag } zurück
partner-throttled = über dem Tageskontingent, nimmt morgen wieder teil
partner-stopped = angehalten, der Betrieb muss nachsehen
partners-label = Stand der Partner
partners-all-current = Alle Partner sind aktuell.
