# Notifications: the messages themselves, and the page on which people choose.

notify-subject = Verbund: { $what }
notify-subject-more = Verbund: { $what }, und mehr
notify-mail-begin = Im Verbund wartet etwas auf Sie:
notify-mail-no-content = Worum es geht, steht nur in der Anwendung. Melden Sie sich dort an.
notify-mail-settings = Was Sie so erfahren möchten, und wann, stellen Sie hier ein:
notify-push-text = Tippen Sie hier, um die Anwendung zu öffnen.
notify-probe-subject = Verbund: Probe
notify-probe-text = Das ist eine Probe. Mitteilungen kommen auf diesem Weg an.
notify-confirm-subject = Verbund: Ist das Ihre Adresse?
notify-confirm-text = Mitteilungen des Verbunds sollen an diese Adresse gehen. Bestätigen Sie das innerhalb von 24 Stunden:
notify-confirm-otherwise = Wenn Sie das nicht veranlasst haben, tun Sie nichts. Dann wird nichts an diese Adresse gesendet.

notify-matter-update-immediate = { $count ->
    [one] eine dringende Meldung wartet
   *[other] { $count } dringende Meldungen warten
}
notify-matter-briefing-begun = { $count ->
    [one] eine Besprechung hat begonnen
   *[other] { $count } Besprechungen haben begonnen
}
notify-matter-alarm = { $count ->
    [one] der Knoten meldet eine Störung
   *[other] der Knoten meldet { $count } Störungen
}
notify-matter-node-away = { $count ->
    [one] der Knoten antwortet nicht
   *[other] der Knoten antwortet nicht
}
notify-matter-update-soon = { $count ->
    [one] eine Meldung für heute wartet
   *[other] { $count } Meldungen für heute warten
}
notify-matter-drill = { $count ->
    [one] ÜBUNG – eine Meldung wartet
   *[other] ÜBUNG – { $count } Meldungen warten
}
notify-matter-task-asked = { $count ->
    [one] eine Aufgabe wartet auf Antwort
   *[other] { $count } Aufgaben warten auf Antwort
}
notify-matter-protocol-awaits-word = { $count ->
    [one] ein Protokoll wartet auf Zeichnung
   *[other] { $count } Protokolle warten auf Zeichnung
}
notify-matter-protocol-objected = { $count ->
    [one] zu einem Protokoll gibt es einen Einwand
   *[other] zu { $count } Protokollen gibt es Einwände
}
notify-matter-draft-awaits-review = { $count ->
    [one] ein Entwurf wartet auf Prüfung
   *[other] { $count } Entwürfe warten auf Prüfung
}
notify-matter-clear-awaits-second = { $count ->
    [one] eine Freigabe wartet auf eine zweite Person
   *[other] { $count } Freigaben warten auf eine zweite Person
}
notify-matter-invitation = { $count ->
    [one] eine Einladung wartet auf Antwort
   *[other] { $count } Einladungen warten auf Antwort
}
notify-matter-update-routine = { $count ->
    [one] eine neue Meldung wartet
   *[other] { $count } neue Meldungen warten
}

notify-kind-update-immediate = dringende Meldungen
notify-kind-briefing-begun = Beginn einer Besprechung
notify-kind-alarm = Störungen
notify-kind-node-away = Ausfall des Knotens
notify-kind-update-soon = Meldungen für heute
notify-kind-drill = Meldungen einer Übung
notify-kind-task-asked = angefragte Aufgaben
notify-kind-protocol-awaits-word = Protokolle zur Zeichnung
notify-kind-protocol-objected = Einwände gegen eigene Protokolle
notify-kind-draft-awaits-review = Entwürfe zur Prüfung
notify-kind-clear-awaits-second = Freigaben von TLP:CLEAR
notify-kind-invitation = Einladungen
notify-kind-update-routine = sonstige Meldungen

notify-title = Mitteilungen
notify-lead = Eine Mitteilung sagt, dass im Verbund etwas wartet und auf welcher Seite. Worum es geht, steht nie darin.
notify-mail-title = E-Mail
notify-mail-off = E-Mails sind hier nicht eingerichtet. Das kann der Betrieb ändern.
notify-mail-none = Noch keine Adresse. Solange sendet die Anwendung Ihnen keine E-Mails.
notify-mail-address = E-Mail-Adresse
notify-mail-address-hint = Ihre dienstliche Adresse. Sie bekommen dorthin einen Link zur Bestätigung.
notify-mail-set = Link senden
notify-mail-change = Andere Adresse
notify-push-title = Mitteilungen auf Geräten
notify-push-off = Mitteilungen auf Geräten sind hier nicht eingerichtet. Das kann der Betrieb ändern.
notify-push-none = Noch kein Gerät.
notify-push-hint = Schalten Sie Mitteilungen auf dem Gerät ein, auf dem Sie sie bekommen möchten. Auf dem iPhone und iPad legen Sie die Anwendung zuerst auf den Home-Bildschirm.
notify-push-add = Auf diesem Gerät einschalten
notify-push-needs-script = Dieser Browser kann das nicht, oder JavaScript ist ausgeschaltet. E-Mails gehen auch so.
notify-push-denied = Der Browser lässt keine Mitteilungen dieser Seite zu. Erlauben Sie sie in den Einstellungen des Browsers und laden Sie die Seite neu.
notify-push-failed = Das Gerät konnte nicht eingeschaltet werden. Versuchen Sie es später noch einmal.
notify-push-too-many = Es sind schon so viele Geräte eingeschaltet, wie es geht. Entfernen Sie zuerst eines.
notify-browser-other = anderer Browser
notify-state-works = eingeschaltet
notify-state-unconfirmed = wartet auf Bestätigung
notify-state-failing = kommt seit { $since } nicht an
notify-probe = Probe senden
notify-remove = Entfernen
notify-probe-of = Probe senden an { $way }
notify-remove-of = { $way } entfernen

notify-what-title = Was, und wie
notify-what-caption = Was Sie erfahren möchten, und auf welchem Weg
notify-what-urgency = Eile
notify-by-mail = E-Mail
notify-by-push = Gerät
notify-urgency-immediate = sofort
notify-urgency-immediate-when = sofort, einzeln
notify-urgency-soon = bald
notify-urgency-soon-when = nach wenigen Minuten, gesammelt
notify-urgency-routine = ohne Eile
notify-urgency-routine-when = gesammelt: werktags um 7:30, 11:30 und 15:30 Uhr
notify-quiet-title = Ruhezeit
notify-quiet-on = Eine Ruhezeit einhalten
notify-quiet-from = Von
notify-quiet-to = Bis
notify-quiet-hint = Was in dieser Zeit aufkommt, wird danach in einer Mitteilung gesagt. Es gilt die Zeitzone { $zone }.
notify-woken = Was sofort gesagt werden soll, auch in der Ruhezeit sagen
notify-lang = Sprache der Mitteilungen
notify-lang-de = Deutsch
notify-lang-en = English

notify-error-title = Bitte prüfen Sie Ihre Angaben
notify-error-quiet = Geben Sie für die Ruhezeit zwei verschiedene Uhrzeiten an.
notify-error-address = Geben Sie eine E-Mail-Adresse an, zum Beispiel name@stadt.example.
notify-error-mail-refused = Der Mailserver nimmt diese Adresse nicht an. Prüfen Sie die Schreibweise.
notify-error-mail-later = Der Mailserver ist gerade nicht zu erreichen. Versuchen Sie es in einigen Minuten noch einmal.
notify-error-asked-often = Gerade wurde schon etwas gesendet. Warten Sie eine halbe Minute und versuchen Sie es noch einmal.
notify-error-probe = Die Probe kam nicht an. Versuchen Sie es in einigen Minuten noch einmal, oder entfernen Sie diesen Weg und richten Sie ihn neu ein.
notify-error-probe-gone = Das Gerät nimmt keine Mitteilungen mehr an und wurde entfernt. Schalten Sie es neu ein.

notify-address-title = E-Mail-Adresse bestätigen
notify-address-text = Mitteilungen des Verbunds sollen an die Adresse gehen, an die dieser Link gesendet wurde.
notify-address-confirm = Ja, das ist meine Adresse
notify-address-done-title = Die Adresse ist bestätigt
notify-address-done-text = Mitteilungen gehen ab jetzt an diese Adresse.
notify-address-late-title = Dieser Link gilt nicht mehr
notify-address-late-text = Er wurde schon benutzt, oder er ist älter als 24 Stunden. Lassen Sie sich auf der Seite „Mitteilungen“ einen neuen senden.

notice-notify-saved = Ihre Wahl ist gespeichert.
notice-notify-asked = Der Link ist unterwegs. Öffnen Sie ihn in Ihrem Postfach, um die Adresse zu bestätigen.
notice-notify-removed = Dieser Weg ist entfernt.
notice-notify-probed = Die Probe ist unterwegs.
notice-notify-added = Dieses Gerät bekommt ab jetzt Mitteilungen.
