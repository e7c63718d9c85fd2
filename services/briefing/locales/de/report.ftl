# The committee's report.

report-title = Bericht für den Ausschuss
report-lead = Was in einem Zeitraum war, in Zahlen: ohne Personen, ohne kleine Anzahlen. Nichts verlässt dabei Ihre Stelle, bis Sie die Datei weitergeben.
report-last-month = Voriger Monat
report-last-quarter = Voriges Quartal
report-last-year = Voriges Jahr
report-file = { $format } herunterladen
report-left-out = { $count ->
    [one] weitere Meldung gehört nach ihrer Einstufung (AMBER oder AMBER+STRICT) nicht in Berichte und ist nicht gezählt
   *[other] weitere Meldungen gehören nach ihrer Einstufung (AMBER oder AMBER+STRICT) nicht in Berichte und sind nicht gezählt
}
report-how-to-read = Gezählt sind Meldungen, keine Personen; Übungen und Zurückgezogenes zählen nicht. Was geschützte Stellen melden, ist nur nach Bezirk gezählt. Der Bericht kennt, was an Ihre Stelle gerichtet ist: Berichte zweier Stellen können sich unterscheiden.
report-empty = In diesem Zeitraum gibt es keine Meldung, die in Berichte gehört.
report-most = Am meisten: { $name } ({ $count }).
report-by-category = Meldungen nach Kategorie
report-by-place = Meldungen nach Ort
report-by-measure = Meldungen nach Maßnahme
report-by-window = Meldungen nach Zeitfenster
report-series = Kennzahlen
report-series-help = Jede Zahl steht so da, wie sie mitgeteilt wurde: in Spannen, gerundet, oder genau bei Dingen. Der helle Teil eines Balkens zeigt, wie viel es innerhalb der Spanne noch sein kann.
report-no-series = In diesem Zeitraum wurde keine Kennzahl mitgeteilt.
report-indicator = Kennzahl
report-values = Werte
report-latest = Letzter Wert
report-last-value = Letzter Wert: { $value }, { $day }.
report-sum = Summe
report-time = Zeit
report-month = Monat { $month }/{ $year }
report-tasks = Aufgaben nach Maßnahme
report-tasks-help = „Neu“ wurde im Zeitraum gestellt. Die übrigen Spalten zeigen, wo die Aufgaben heute stehen, die bis zu seinem Ende gestellt wurden.
report-no-tasks = Bis zum Ende des Zeitraums gibt es keine Aufgabe, die in Berichte gehört.
report-opened = Neu
report-open = Offen
report-overdue = Überfällig
report-done = Erledigt
report-declined = Abgelehnt
report-decisions = Beschlüsse nach Maßnahme
report-no-decisions = In diesem Zeitraum und davor wurde nichts beschlossen.
report-no-measure = ohne Maßnahme
