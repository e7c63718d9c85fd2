# Signing in, and accounts.

sign-in-title = Anmelden
sign-in-name = Name
sign-in-password = Kennwort
sign-in-openid = Anmelden mit { $name }
sign-in-local = Oder mit Name und Kennwort
sign-in-wrong = Name oder Kennwort stimmt nicht. Achten Sie auf Groß- und Kleinschreibung.
sign-in-help = Kein Kennwort, oder vergessen?
sign-in-help-text = Lassen Sie sich vom Betrieb Ihrer Stelle einen Einmal-Link geben. Damit melden Sie sich an und wählen ein neues Kennwort.
signed-out-title = Sie sind abgemeldet
signed-out-text = In diesem Browser ist niemand mehr angemeldet.
signed-out-provider = Bei { $name } sind Sie vielleicht noch angemeldet. An einem gemeinsamen Gerät melden Sie sich auch dort ab.
signed-out-there = Auch bei { $name } abmelden
signed-out-again = Wieder anmelden

openid-away = Der Anmeldedienst antwortet gerade nicht richtig. Versuchen Sie es gleich noch einmal; hilft das nicht, sagen Sie dem Betrieb Bescheid.
openid-lost = Die Anmeldung wurde nicht in diesem Browser begonnen oder hat zu lange gedauert. Melden Sie sich noch einmal an.
openid-denied = Der Anmeldedienst hat die Anmeldung abgebrochen. Sie können es noch einmal versuchen.
openid-untrue = Die Antwort des Anmeldedienstes ließ sich nicht prüfen. Melden Sie sich noch einmal an; hilft das nicht, sagen Sie dem Betrieb Bescheid.
openid-no-role = Sie sind beim Anmeldedienst bekannt, aber keine Ihrer Gruppen hat hier eine Rolle. Bitten Sie den Betrieb Ihrer Stelle, Sie in eine der Gruppen aufzunehmen.
openid-disabled = Ihr Konto ist hier gesperrt. Wenden Sie sich an den Betrieb Ihrer Stelle.
openid-other = Beim Anmeldedienst hat sich jemand anderes angemeldet als hier. Nichts wurde bestätigt.
openid-not-fresh = Der Anmeldedienst hat Sie nicht neu gefragt, wer Sie sind. Nichts wurde bestätigt. Melden Sie sich dort ab und versuchen Sie es noch einmal.

link-title = Anmelden mit Einmal-Link
link-text = Dieser Link meldet Sie einmal als { $name } an.
link-keep = Lassen Sie beide Felder leer, wenn Ihr bisheriges Kennwort bleiben soll.
link-without = Ohne Kennwort brauchen Sie beim nächsten Mal wieder einen Link, und nach zehn Minuten können Sie nichts mehr mitzeichnen.
link-spent-title = Dieser Link gilt nicht mehr
link-spent-text = Er wurde schon benutzt oder ist zu alt. Lassen Sie sich vom Betrieb Ihrer Stelle einen neuen geben.

prove-title = Bestätigen Sie, dass Sie es sind
prove-text = Was Sie vorhaben, bindet Ihre Stelle oder ändert Konten. Danach sind Sie wieder auf der Seite und lösen den Schritt noch einmal aus: Was Sie dort eingegeben hatten, ist nicht gespeichert. Zehn Minuten lang werden Sie nicht wieder gefragt.
prove-wrong = Das Kennwort stimmt nicht.
prove-openid = Bestätigen mit { $name }
prove-impossible = Ihr Konto hat kein Kennwort, mit dem Sie sich ausweisen könnten. Lassen Sie sich vom Betrieb einen Einmal-Link geben und melden Sie sich damit neu an; dabei können Sie ein Kennwort wählen.
prove = Bestätigen

account-title = Mein Konto
account-roles = Rollen
account-look = Sprache und Farben
account-provider = Ihre Rollen und Ihr Kennwort verwaltet { $name }.
account-notifications = Mitteilungen
role-reader = Lesen
role-reader-text = liest, was die Stellen einander mitteilen
role-contributor = Melden
role-contributor-text = liest und sendet Meldungen
role-coordinator = Koordination
role-coordinator-text = spricht für die Stelle: bestätigt, nimmt Aufgaben an, zeichnet Protokolle mit
role-operator = Betrieb
role-operator-text = betreut den Knoten und die Konten; sieht keine Inhalte

password-new = Neues Kennwort
password-hint = Mindestens { $count } Zeichen. Ein Satz, den nur Sie kennen, ist besser als Sonderzeichen.
password-repeated = Neues Kennwort noch einmal
password-current = Bisheriges Kennwort
password-short = Das Kennwort braucht mindestens { $count } Zeichen.
password-long = Das Kennwort ist zu lang.
password-simple = Dieses Kennwort wäre leicht zu erraten. Nehmen Sie ein anderes.
password-unlike = Die beiden Kennwörter sind nicht gleich.
password-wrong = Das bisherige Kennwort stimmt nicht.
password-refused = Das Kennwort wurde nicht gespeichert:
password-change = Kennwort ändern
password-choose = Kennwort wählen
password-change-hint = Alle anderen Sitzungen enden damit.
password-save = Kennwort speichern
notice-password-changed = Ihr Kennwort ist geändert. Alle anderen Sitzungen sind beendet.

sessions-title = Wo Sie angemeldet sind
sessions-text = Nur Sie sehen diese Liste.
sessions-unknown = Unbekannter Browser
sessions-until = endet { $at }
sessions-here = dieser Browser
sessions-end = Beenden
sessions-end-others = Alle anderen beenden
notice-session-ended = Die Sitzung ist beendet.
notice-sessions-ended = Alle anderen Sitzungen sind beendet.

accounts-title = Konten
accounts-text = Wer sich hier anmelden darf und mit welchen Rollen. Wann jemand sich anmeldet oder arbeitet, wird nirgends festgehalten.
accounts-count = { $count ->
    [one] Ein Konto
   *[other] { $count } Konten
}
accounts-name = Name
accounts-name-hint = Womit sich die Person anmeldet: eine E-Mail-Adresse oder ein Kurzname. Der Knoten und die anderen Stellen erfahren ihn nie.
accounts-name-wrong = Der Name muss 1 bis 254 Zeichen lang sein.
accounts-name-taken = Ein Konto mit diesem Namen gibt es schon.
accounts-refused = Das Konto wurde nicht angelegt:
accounts-way = Anmeldung
accounts-way-openid = über den Anmeldedienst
accounts-way-password = mit Kennwort
accounts-way-link = nur mit Einmal-Link
accounts-state = Zustand
accounts-enabled = offen
accounts-disabled = gesperrt
accounts-new = Neues Konto
accounts-add = Anlegen und Einmal-Link zeigen
accounts-link-title = Einmal-Link
accounts-link-text = Mit diesem Link meldet sich { $name } an. Er gilt einmal und { $hours } Stunden.
accounts-link = Link
accounts-link-hint = Er wird nur jetzt gezeigt. Geben Sie ihn auf sicherem Weg weiter: Wer ihn hat, kommt hinein.
accounts-own = Das ist Ihr eigenes Konto.
accounts-provider = Die Rollen kommen vom Anmeldedienst und folgen den Gruppen der Person dort. Ein Kennwort hat sie hier nicht.
accounts-last-operator = Das ist das letzte Konto mit der Rolle Betrieb. Geben Sie die Rolle erst einem anderen Konto: Sonst könnte niemand mehr die Konten betreuen.
accounts-roles-hint = Wer eine Rolle verliert, wird sofort überall abgemeldet.
accounts-entry = Zugang
accounts-make-link = Einmal-Link erzeugen
accounts-sign-out = Überall abmelden
accounts-disable = Sperren
accounts-enable = Wieder öffnen
accounts-remove-open = Konto löschen
accounts-remove-text = Das Konto und alles, was dazu gehört, wird gelöscht. Das lässt sich nicht rückgängig machen. Was die Person für die Stelle getan hat, bleibt; es war nie mit ihrem Namen verbunden.
accounts-remove = Endgültig löschen
notice-roles-changed = Die Rollen sind geändert.
notice-account-disabled = Das Konto ist gesperrt und überall abgemeldet.
notice-account-enabled = Das Konto ist wieder offen.
notice-account-removed = Das Konto ist gelöscht.
notice-account-signed-out = Das Konto ist überall abgemeldet.
