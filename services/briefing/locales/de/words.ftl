# The contract's enums, by the names that the contract gives their values.

word-trend-falling = sinkend
word-trend-steady = gleichbleibend
word-trend-rising = steigend
word-trend-unknown = unklar

word-source-own-observation = eigene Beobachtung
word-source-third-party = von Dritten mitgeteilt
word-source-unverified = ungeprüft
word-source-planned = geplant

word-urgency-routine = Routine
word-urgency-soon = heute noch
word-urgency-immediate = sofort

word-handling-clear = TLP:CLEAR
word-handling-green = TLP:GREEN
word-handling-amber = TLP:AMBER
word-handling-amber-strict = TLP:AMBER+STRICT

word-period-window = Zeitfenster
word-period-day = Tag
word-period-month = Monat

word-band-zero = 0
word-band-under-5 = unter 5
word-band-5-to-9 = 5–9
word-band-10-to-19 = 10–19
word-band-20-to-49 = 20–49
word-band-50-to-99 = 50–99
word-band-100-and-more = 100 und mehr

word-withdrawal-error = Irrtum
word-withdrawal-obsolete = überholt
word-withdrawal-duplicate = doppelt
word-withdrawal-personal-data = Personenbezug

word-decline-not-ours = nicht zuständig
word-decline-no-capacity = keine Kräfte
word-decline-not-permitted = rechtlich nicht zulässig

word-answer-coming = kommt
word-answer-declining = kommt nicht
word-answer-undecided = noch offen

word-attendance-chair = Vorsitz
word-attendance-deputy = Vertretung
word-attendance-participant = dabei
word-attendance-absent = nicht dabei

word-part-title = Überschrift
word-part-affairs = Sachstand
word-part-assessment = Bewertung
word-part-decision = Beschluss

word-situation-current = gilt
word-situation-withdrawn = zurückgezogen
word-situation-erased = gelöscht

word-delivery-pending = noch keine Quittung
word-delivery-stored = gespeichert
word-delivery-held = zurückgestellt
word-delivery-refused = abgelehnt
word-delivery-not-understood = nicht verstanden
word-delivery-erased = gelöscht

word-link-connected = verbunden
word-link-away = nicht erreichbar
word-link-relayed = über Dritte
word-link-elsewhere = über ein anderes Replikat

word-audit-review-held = Entwurf zur Prüfung zurückgestellt
word-audit-review-confirmed = Entwurf bestätigt
word-audit-review-discarded = Entwurf verworfen
word-audit-review-expired = Entwurf verfallen
word-audit-review-refused = Entwurf vom Wächter abgelehnt
word-audit-clear-confirmed = CLEAR von zweiter Person freigegeben
word-audit-personal-data-withdrawn = wegen Personenbezugs zurückgezogen

word-task-proposed = vorgeschlagen
word-task-assigned = angefragt
word-task-accepted = angenommen
word-task-declined = abgelehnt
word-task-in-progress = in Arbeit
word-task-done = erledigt
word-task-verified = abgenommen
word-task-withdrawn = zurückgezogen

word-move-propose = Vorschlagen
word-move-assign = Anfragen
word-move-amend = Ändern
word-move-return = Zurückgeben
word-move-verify = Abnehmen
word-move-withdraw = Zurückziehen
word-move-accept = Annehmen
word-move-decline = Ablehnen
word-move-progress = In Arbeit nehmen
word-move-finish = Erledigt melden

word-meeting-planned = geplant
word-meeting-cancelled = abgesagt
word-meeting-running = läuft
word-meeting-closed = beendet

word-rhythm-weekly = jede Woche
word-rhythm-fortnightly = alle zwei Wochen
word-rhythm-monthly = jeden Monat
word-rhythm-two-monthly = alle zwei Monate

word-protocol-draft = Entwurf
word-protocol-circulating = im Umlauf
word-protocol-objected = mit Einwand
word-protocol-released = freigegeben
word-protocol-reserved = mit Vorbehalt freigegeben
word-protocol-approved = genehmigt

word-protocol-word-signed-off = gezeichnet
word-protocol-word-objected = Einwand
word-protocol-word-objected-late = Einwand nach der Freigabe

word-format-markdown = Text (Markdown)
word-format-json = JSON
word-format-pdf = PDF
word-format-csv = CSV
word-format-icalendar = Kalender (iCalendar)
