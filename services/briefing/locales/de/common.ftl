# What every page has.

nav-start = Start
nav-feed = Feed
nav-picture = Lage
nav-meetings = Besprechung
nav-protocols = Protokolle
nav-tasks = Aufgaben
nav-concept = Konzept
nav-report = Bericht
nav-operations = Betrieb
nav-accounts = Konten
nav-label = Hauptbereiche
nav-menu = Menü
skip-link = Zum Inhalt springen
new-update = Neue Meldung
settings-label = Anzeige
settings-label-person = Konto
settings-lang = English
settings-theme-system = Farben wie das Gerät
settings-theme-light = Hell
settings-theme-dark = Dunkel
account-link = Mein Konto
sign-out = Abmelden
sign-in = Anmelden

live-on = Live
live-off = Verbindung unterbrochen. Die Seite verbindet sich von selbst wieder.
live-away = Der eigene Knoten antwortet nicht. Sie sehen den letzten Stand; Neues kommt von selbst nach.
live-changed = Die Seite wurde aktualisiert.

back = Zurück
save = Speichern
cancel = Abbrechen
more = Mehr
show = Anzeigen
all = Alle
none = keine
none-it = keines
yes = Ja
no = Nein
and-more = und { $count ->
    [one] eine weitere
   *[other] { $count } weitere
}
required = Pflichtfeld
optional = freiwillig
table-behind = Zahlen als Tabelle
exercise = ÜBUNG
next-page = Ältere
previous-page = Neuere

window = { $from }–{ $to } Uhr
window-whole-day = ganztags
duration-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
duration-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
ago-seconds = { $count ->
    [one] vor { $count } Sekunde
   *[other] vor { $count } Sekunden
}
ago-minutes = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}

failure-sign-in-title = Bitte anmelden
failure-sign-in-text = Dafür müssen Sie angemeldet sein.
failure-forbidden-title = Dafür fehlt Ihnen die Rolle
failure-forbidden-text = Was Sie aufgerufen haben, gehört nicht zu Ihren Rollen. Wenn das nicht stimmt, wenden Sie sich an die Person, die Ihr Konto angelegt hat.
failure-not-found-title = Hier ist nichts
failure-not-found-text = Diese Adresse gibt es nicht, oder was hier war, ist gelöscht oder nicht an Ihre Stelle gerichtet.
failure-foreign-form-title = Das Formular ist abgelaufen
failure-foreign-form-text = Nichts wurde gespeichert. Öffnen Sie die Seite noch einmal und senden Sie das Formular von dort ab.
failure-session-ended-title = Sie sind nicht mehr angemeldet
failure-session-ended-text = Nichts wurde gespeichert oder gesendet. Melden Sie sich in einem neuen Fenster an und senden Sie es dort noch einmal.
failure-written = Was Sie geschrieben haben, zum Kopieren
failure-sign-in-there = In einem neuen Fenster anmelden
failure-too-many-title = Bitte warten Sie einen Augenblick
failure-too-many-text = Es gab zu viele Versuche, oder gerade ist zu viel los. Versuchen Sie es in { $wait } noch einmal. Gesperrt ist nichts.
failure-too-large-title = Das ist zu viel auf einmal
failure-too-large-text = Nichts wurde gespeichert. Kürzen Sie den Text und senden Sie noch einmal ab.
failure-malformed-title = Damit kann die Anwendung nichts anfangen
failure-malformed-text = Nichts wurde gespeichert. Gehen Sie zurück und laden Sie die Seite neu.
failure-refused-title = Das hat der Knoten nicht angenommen
failure-away-title = Der eigene Knoten antwortet nicht
failure-again = Noch einmal versuchen
failure-internal-title = Etwas ist schiefgegangen
failure-internal-text = Der Fehler liegt nicht bei Ihnen. Der Betrieb findet die Ursache im Log der Anwendung.
failure-details = Für den Betrieb
failure-home = Zur Startseite

kept-updates-gone = Der Zeitraum reicht weiter zurück, als Meldungen aufbewahrt werden. Was schon gelöscht ist, ist hier nicht gezählt.
kept-updates = { $count ->
    [one] Meldungen werden einen Tag aufbewahrt.
   *[other] Meldungen werden { $count } Tage aufbewahrt.
}
kept-figures-gone = Der Zeitraum reicht weiter zurück, als Kennzahlen aufbewahrt werden. Ältere sind gelöscht und fehlen hier.
kept-figures = { $count ->
    [one] Kennzahlen werden einen Tag aufbewahrt.
   *[other] Kennzahlen werden { $count } Tage aufbewahrt.
}
kept-tasks = { $count ->
    [one] Aufgaben werden nach dem Abschluss einen Tag aufbewahrt.
   *[other] Aufgaben werden nach dem Abschluss { $count } Tage aufbewahrt.
}
kept-protocols = { $count ->
    [one] Protokolle werden einen Tag aufbewahrt.
   *[other] Protokolle werden { $count } Tage aufbewahrt.
}
