# The feed, and an update in a list.

feed-title = Feed
feed-label = Meldungen
feed-empty = Noch keine Meldung. Was die Stellen einander mitteilen, erscheint hier von selbst.
feed-none-fits = Keine Meldung passt zu diesem Filter.
feed-newest = Neueste
pages-label = Weitere Meldungen
filter-title = Filter
filter-on = aktiv
filter-from = Vom Tag
filter-to = Bis zum Tag
filter-reset = Filter aufheben
filter-exercise = Übungen
filter-exercise-none = ohne Übungen
filter-exercise-only = nur Übungen
legend-title = Was die Zeichen bedeuten
legend-pending = Noch keine Quittung: Die Meldung ist unterwegs oder die Stelle nicht erreichbar.
legend-stored = Gespeichert: Der Knoten der Stelle hat sie geprüft und sicher abgelegt.
legend-acknowledged = Zur Kenntnis genommen: Die Koordination der Stelle hat das bestätigt.
legend-trouble = Nicht angekommen, wie sie ist: zurückgestellt, nicht verstanden oder abgelehnt. Der Grund steht dabei.
update-corrected = berichtigt, Fassung { $version }
update-generalised = verallgemeinert
update-erased-title = Gelöschte Meldung
update-erased-text = Ihr Text ist bei allen Stellen vernichtet.
acknowledge = Zur Kenntnis nehmen
notice-acknowledged = Zur Kenntnis genommen. Die anderen Stellen sehen das.
figure-about = etwa { $count }
figure-share = etwa { $percent } %
figure-share-under = unter 10 %
figure-share-over = über 90 %

# What became of an update at an agency.

delivery-label = Stand bei den Stellen
delivery-acknowledged = zur Kenntnis genommen
delivery-reason-guard-rejected = der Wächter dort lehnt den Text ab
delivery-reason-vocabulary-unknown = die Charta dort kennt nicht alles darin
delivery-reason-policy-violated = sie verletzt dort eine Regel der Charta
delivery-reason-transition-illegal = der Schritt war nicht mehr möglich
delivery-reason-subject-audience-mismatch = die Empfänger passen nicht zur Meldung
delivery-reason-oversize = sie ist zu groß
delivery-reason-charter-unknown = wartet dort auf eine neuere Charta
delivery-reason-content-missing = wartet dort auf den Inhalt
delivery-reason-other = der Betrieb kennt den Grund
