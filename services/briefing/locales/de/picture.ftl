# The picture of the situation, and what charts and spans of days have in common.

chart-place = Ort
chart-district = Bezirk
chart-category = Kategorie
chart-measure = Maßnahme
chart-window = Zeitfenster
chart-day = Tag
chart-updates = Meldungen
chart-value = Wert
chart-total = gesamt
chart-now = jetzt
chart-before = davor
chart-change = Änderung

span-from = Erster Tag
span-to = Letzter Tag
span-no-day = Geben Sie beide Tage an, zum Beispiel 01.11.2026. Solange gilt der übliche Zeitraum.
span-backwards = Der letzte Tag liegt vor dem ersten. Solange gilt der übliche Zeitraum.
span-too-long = Ein Zeitraum hat höchstens 366 Tage. Solange gilt der übliche Zeitraum.

picture-title = Lage
picture-lead = Wo, wann und was die Stellen gemeldet haben. Gezählt sind Meldungen, keine Personen: Dieselbe Beobachtung kann mehrmals gemeldet sein.
picture-periods = Zeitraum
picture-days-back = { $count ->
    [one] Heute
   *[other] { $count } Tage
}
picture-filter = Stellen und Maßnahmen wählen
picture-agencies = Nur Meldungen dieser Stellen
picture-measures = Nur Meldungen zu diesen Maßnahmen
picture-period = { $from } bis { $to }
picture-updates = { $count ->
    [one] Meldung
   *[other] Meldungen
}
picture-compared = gegenüber dem gleich langen Zeitraum davor
picture-not-compared = Kein Vergleich mit dem Zeitraum davor: Meldungen aus dieser Zeit können schon gelöscht sein.
picture-exercises = { $count ->
    [one] Übungsmeldung, nirgends mitgezählt
   *[other] Übungsmeldungen, nirgends mitgezählt
}
picture-empty = Für diesen Zeitraum und diese Auswahl gibt es keine Meldung.
picture-where = Wo und wann
picture-map = Schematische Karte: Meldungen nach Bezirk und Ort
picture-map-peak = Am meisten gemeldet ist { $place } ({ $count }). Ein Kreis ist umso größer, je mehr gemeldet ist; Pfeile zeigen mögliche Verlagerungen.
picture-spot = { $place }: { $count ->
    [one] { $count } Meldung
   *[other] { $count } Meldungen
}
picture-whole = { $place } insgesamt
picture-elsewhere = Orte, die die Charta nicht mehr führt
picture-windows = Orte und Zeitfenster
picture-categories = Orte und Kategorien
picture-peak = Am meisten: { $place }, { $column } ({ $count }).
picture-days = Meldungen nach Tag
picture-day-peak = Am meisten: { $day } ({ $count }).
picture-whither = Wohin es geht
picture-trends = Entwicklung nach Ort
picture-told-trend = So eingeschätzt
picture-rising = { $count } steigend
picture-steady = { $count } gleichbleibend
picture-falling = { $count } sinkend
picture-unclear = { $count } unklar
picture-latest = Zuletzt
picture-shifts = Mögliche Verlagerung
picture-shifts-help = Weniger an einem Ort und mehr an anderen, in derselben Kategorie. Ob das eine aus dem anderen folgt, müssen Sie beurteilen: Wer anderswo Streife geht, sieht hier weniger.
picture-shift-text = Weniger gemeldet: { $from }. Mehr gemeldet: { $to }.
picture-no-shift = Nichts deutet auf eine Verlagerung hin.
picture-more-shifts = { $count ->
    [one] Eine weitere, kleinere ist nicht gezeichnet.
   *[other] { $count } weitere, kleinere sind nicht gezeichnet.
}
