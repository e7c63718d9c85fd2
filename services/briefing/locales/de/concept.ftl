# The concept: its measures and the vocabulary.

concept-title = Konzept
concept-measures = Maßnahmen
concept-figures-help = Zahlen der letzten 28 Tage, wie sie auch im Bericht stehen: nur was nach seiner Einstufung in Berichte gehört.
concept-no-figures = Die Zahlen sind gerade nicht da. Laden Sie die Seite gleich noch einmal.
concept-updates = { $count ->
    [one] { $count } Meldung
   *[other] { $count } Meldungen
}
concept-open = { $count ->
    [one] { $count } offene Aufgabe
   *[other] { $count } offene Aufgaben
}
concept-overdue = { $count } überfällig
concept-done = { $count } erledigt
concept-decisions = { $count ->
    [one] { $count } Beschluss
   *[other] { $count } Beschlüsse
}
concept-members = Mitglieder
concept-own = Ihre Stelle
concept-protected = geschützte Stelle
concept-bound = zur Strafverfolgung verpflichtet
concept-protected-help = Was eine geschützte Stelle meldet, erfahren Polizei und Staatsanwaltschaft nur verallgemeinert, nach Bezirk und Tag, und erst am nächsten Tag.
concept-handlings = Was eine Einstufung erlaubt
concept-handlings-help = Die Einstufung wählt, wer meldet. TLP:RED gibt es hier nicht: Das wird im Raum gesagt.
concept-handling = Einstufung
concept-relay = Weitergabe über Dritte im Verbund
concept-report = Im Bericht an den Ausschuss
concept-export = In Dateien, die den Knoten verlassen
concept-projector = Auf der Leinwand im Raum
concept-bulletin = In einer öffentlichen Mitteilung
concept-second = Braucht eine zweite Person
concept-categories = Kategorien und wer zuerst gefragt wird
concept-first = Zuerst gefragt
concept-first-help = Wer zuerst gefragt wird, muss eine Aufgabe trotzdem erst annehmen: Keine Stelle kann einer anderen etwas anordnen.
concept-places = Orte nach Bezirk
concept-indicators = Kennzahlen
concept-indicators-help = Personen und Handlungen werden nur in Spannen mitgeteilt, Anteile in Zehnerschritten, Dinge genau.
concept-counts = Gezählt werden
concept-counts-persons = Personen (in Spannen)
concept-counts-acts = Handlungen (in Spannen)
concept-counts-share = Anteile (in Zehnerschritten)
concept-counts-things = Dinge (genau)
concept-periods = Für
concept-period-zeitfenster = ein Zeitfenster
concept-period-tag = einen Tag
concept-period-monat = einen Monat
concept-rules = Regeln
concept-windows = Zeitfenster
concept-meeting-types = Arten von Besprechungen
concept-silence = Protokolle ohne Antwort
concept-silence-days = { $count ->
    [one] Nach einem Tag im Umlauf kann ein Protokoll mit Vorbehalt freigegeben werden; wer schwieg, ist nicht gebunden.
   *[other] Nach { $count } Tagen im Umlauf kann ein Protokoll mit Vorbehalt freigegeben werden; wer schwieg, ist nicht gebunden.
}
concept-kept = Aufbewahrung
concept-charter = Charta
concept-charter-version = Version { $version }
concept-back = Alle Maßnahmen
concept-open-tasks = Offene Aufgaben
concept-no-tasks = Zu dieser Maßnahme ist keine Aufgabe offen.
concept-all-tasks = Alle Aufgaben zu dieser Maßnahme
concept-due = bis { $day }
concept-latest-decisions = Beschlüsse
concept-no-decisions = In den Protokollen steht kein Beschluss zu dieser Maßnahme.
concept-dissent = nicht einverstanden: { $agencies }
concept-latest-updates = Letzte Meldungen
concept-no-updates = Zu dieser Maßnahme gibt es keine Meldung.
concept-all-updates = Alle Meldungen zu dieser Maßnahme
concept-figures = Letzte 28 Tage
