# Operations: partners, the own node, alarms and the audit log.

operations-title = Betrieb
operations-good = In Ordnung
operations-warn = Ansehen
operations-bad = Handeln
operations-partners = Partner
operations-no-partners = Die Charta nennt keine Partner.
operations-heard = Zuletzt gehört: { $time }
operations-never = noch nie
operations-receipted = Hat alles von uns quittiert.
operations-behind = Liegt { $time } zurück.
operations-details = Einzelheiten
operations-of = { $part } von { $all }

operations-advice-never-heard = Von diesem Partner kam noch nie etwas an. Prüfen Sie Adresse, Firewall und Zertifikate mit „verbund doctor“.
operations-advice-away = Schon { $time } nicht erreichbar. Der Knoten versucht es von selbst weiter, und nichts geht verloren. Bleibt es so, rufen Sie dort an; „verbund doctor“ zeigt, woran es liegt.
operations-advice-relayed = Der direkte Weg ist unterbrochen; was dieser Partner sendet, kommt über einen anderen. „verbund doctor“ zeigt, was den direkten Weg stört.
operations-advice-lag = Eine Quittung fehlt schon { $time }. Ist der Partner verbunden, ist sein Knoten überlastet oder sein Speicher voll: Rufen Sie dort an.
operations-advice-clock-behind = Seine Uhr geht { $time } nach. Beide Seiten prüfen den Zeitdienst (NTP); weicht die eigene Uhr eine Stunde von den meisten ab, ruht das Löschen.
operations-advice-clock-ahead = Seine Uhr geht { $time } vor. Beide Seiten prüfen den Zeitdienst (NTP); weicht die eigene Uhr eine Stunde von den meisten ab, ruht das Löschen.
operations-advice-stopped = { $count ->
    [one] Eine Reihe seiner Einträge ist angehalten, weil etwas daran nicht stimmt. Den Grund nennt die Warnung oben; der Rest geht weiter.
   *[other] { $count } Reihen seiner Einträge sind angehalten, weil etwas daran nicht stimmt. Den Grund nennen die Warnungen oben; der Rest geht weiter.
}
operations-advice-throttled = Er hat heute mehr gesendet, als die Charta erlaubt; bis morgen wird nichts mehr geholt. Fragen Sie dort nach, ob ein Gerät zu viel sendet.
operations-advice-refused = { $count ->
    [one] Ein Eintrag von ihm wurde hier abgelehnt. Meist ist dort eine ältere Version im Einsatz: Rufen Sie den Betrieb dort an.
   *[other] { $count } Einträge von ihm wurden hier abgelehnt. Meist ist dort eine ältere Version im Einsatz: Rufen Sie den Betrieb dort an.
}
operations-advice-sealed = { $count ->
    [one] Ein Eintrag von ihm bleibt verschlossen, weil diese Version ihn nicht versteht oder eine neuere Charta fehlt. Spielen Sie die aktuelle Version ein.
   *[other] { $count } Einträge von ihm bleiben verschlossen, weil diese Version sie nicht versteht oder eine neuere Charta fehlt. Spielen Sie die aktuelle Version ein.
}
operations-advice-exceptions = { $count ->
    [one] Einen Eintrag von uns hält er nicht so, wie er gesendet wurde: zurückgestellt, abgelehnt, nicht verstanden oder gelöscht. Welchen, zeigt der Feed bei der Meldung.
   *[other] { $count } Einträge von uns hält er nicht so, wie sie gesendet wurden: zurückgestellt, abgelehnt, nicht verstanden oder gelöscht. Welche, zeigt der Feed bei den Meldungen.
}
operations-advice-certificate = Sein Zertifikat gilt noch { $time }. Erinnern Sie den Betrieb dort: Endet es, reißt die Verbindung ab.

operations-software = Version
operations-endpoint = Adresse
operations-replica = Replikat
operations-receipts = Quittiert
operations-exceptions = Davon nicht wie gesendet
operations-received = Empfangen
operations-refused = Hier abgelehnt
operations-sealed = Verschlossen
operations-stopped = Angehaltene Reihen
operations-clock = Uhr gegenüber unserer
operations-certificate = Zertifikat gilt bis
operations-seen = Sieht von uns
operations-seen-current = das aktuelle Zertifikat
operations-seen-other = ein anderes Zertifikat: { $serial }
operations-serial = Seriennummer des Zertifikats

operations-node = Eigener Knoten
operations-store = Speicher
operations-generation = Generation
operations-disk = Platte
operations-disk-free = { $free } frei, { $reserve } müssen frei bleiben
operations-own-entries = Eigene Einträge
operations-partner-entries = Einträge der Partner
operations-pending = Wartende eigene Einträge
operations-reviews = Entwürfe in der Prüfung
operations-queued = Eingereihte Meldungen, noch nicht gesendet
operations-guard = Version des Wächters
operations-charter = Charta
operations-charter-until = Version { $version }, gilt bis { $day }
operations-charter-hash = SHA-256 der Charta
operations-crls = Sperrlisten gelten bis
operations-crl-unreadable = nicht lesbar: Zertifikate dieser Stelle werden abgewiesen
operations-charter-expired = Die Charta ist abgelaufen. Der Austausch geht weiter, aber Mitglieder, Schlüssel und Vokabular lassen sich nicht mehr ändern, bis die Mitglieder eine neue unterschreiben.
operations-charter-ends = { $count ->
    [0] Die Charta endet heute. Lassen Sie die nächste Version von mehr als der Hälfte der Mitglieder unterschreiben.
    [one] Die Charta endet morgen. Lassen Sie die nächste Version von mehr als der Hälfte der Mitglieder unterschreiben.
   *[other] Die Charta endet in { $count } Tagen. Lassen Sie die nächste Version von mehr als der Hälfte der Mitglieder unterschreiben.
}
operations-certificate-ends = Das Zertifikat des Knotens gilt noch { $time }. Legen Sie ein neues ab; ein Neustart ist nicht nötig.
operations-certificate-ended = Das Zertifikat des Knotens ist abgelaufen: Kein Partner lässt ihn noch ein. Legen Sie ein neues ab; ein Neustart ist nicht nötig.
operations-crl-ended = Die Sperrliste von { $agency } gilt nicht mehr, und Zertifikate dieser Stelle werden abgewiesen. Legen Sie die aktuelle in den Ordner der Sperrlisten.
operations-disk-low = Auf der Platte ist wenig frei. Unter der Reserve nimmt der Knoten nichts Neues an; Lesen geht weiter.
operations-store-problem = Die Datenbank antwortet nicht. Was der Knoten dazu sagt:
operations-store-warning = Beim Speicher wurde etwas in Kauf genommen:

operations-alarms = Warnungen
operations-no-alarms = Nichts ist schiefgegangen, das jemand ansehen müsste.
operations-evidence = Beweis herunterladen
operations-evidence-help = „verbund verify“ prüft die Datei ohne Netz, allein mit der Charta.
operations-alarm-lane-stopped = Eine Reihe von Einträgen ist angehalten
operations-alarm-lane-stopped-advice = Was dieser Partner dort gesendet hat, passt nicht zusammen. Nichts mehr davon wird angenommen, alles andere geht weiter. Rufen Sie den Betrieb dort an; gibt es einen Beweis, heben Sie ihn auf.
operations-alarm-lane-not-opened = Eine neue Reihe von Einträgen wurde nicht angenommen
operations-alarm-lane-not-opened-advice = Sie begann anders, als die Charta es erlaubt, etwa mit einem falschen Kreis von Empfängern. Rufen Sie den Betrieb des Partners an.
operations-alarm-carrier-fault = Ein Partner hat weitergereicht, was sein Absender so nicht geschrieben hat
operations-alarm-carrier-fault-advice = Der Eintrag wurde verworfen. Rufen Sie den Betrieb des Partners an, der ihn weitergereicht hat: Sein Speicher kann beschädigt sein, oder jemand hat daran etwas geändert.
operations-alarm-receipt-beyond-head = Ein Partner hat mehr quittiert, als hier geschrieben ist
operations-alarm-receipt-beyond-head-advice = Wahrscheinlich wurde dieser Knoten aus einer älteren Sicherung hergestellt. Halten Sie ihn an und stellen Sie ihn mit „verbund restore“ her, bevor er weiter sendet.
operations-alarm-histories-differ = Zwei Knoten halten verschiedene Geschichten derselben Reihe
operations-alarm-histories-differ-advice = Ihr Absender hat zwei Stellen Verschiedenes gesagt, oder ein Speicher ist beschädigt. Sprechen Sie mit beiden; bewahren Sie auf, was Sie haben.
operations-alarm-own-lane-stopped = Ein Partner nimmt eine unserer Reihen nicht mehr an
operations-alarm-own-lane-stopped-advice = Etwas daran stimmte für ihn nicht. Rufen Sie den Betrieb dort an und vergleichen Sie die Versionen; die nächsten Einträge gehen ihren Weg.
operations-alarm-own-lane-closed = Eine eigene Reihe ist geschlossen, eine neue geht weiter
operations-alarm-own-lane-closed-advice = Ein Partner nahm die alte nicht mehr an. Zu tun ist nichts, solange es nicht wieder geschieht.
operations-alarm-own-entry-elsewhere = Ein Partner hat eigene Einträge, die hier fehlen
operations-alarm-own-entry-elsewhere-advice = Wahrscheinlich wurde dieser Rechner aus einem Abbild hergestellt. Der Knoten holt sie zurück und unterschreibt nichts, bis alle Partner gezeigt haben, was sie von ihm haben.
operations-alarm-own-histories-differ = Ein Partner hat an einer Stelle einen anderen eigenen Eintrag
operations-alarm-own-histories-differ-advice = Zwei wurden unterschrieben: Sehen Sie nach, ob ein zweiter Knoten unter diesem Namen läuft. Die Reihe ist geschlossen, eine neue geht weiter. Sprechen Sie mit dem Partner.
operations-alarm-own-lane-ends-elsewhere = Ein Partner hat mehr von einer geschlossenen eigenen Reihe
operations-alarm-own-lane-ends-elsewhere-advice = Nach einer Wiederherstellung ging es ohne ihn weiter. Was nur er hat, kommt hierher nicht zurück; er kann es zeigen.
operations-alarm-step-void = Ein Schritt eines Partners zählt nicht
operations-alarm-step-void-advice = Nach dem, was er wusste, durfte er ihn nicht tun. Meist ist dort eine andere Version im Einsatz: Rufen Sie den Betrieb dort an.
operations-alarm-draft-refused = Ein wartender Entwurf kann so nicht mehr hinaus
operations-alarm-draft-refused-advice = Seit er geschrieben wurde, haben sich Charta oder Wächter geändert. Die Koordination muss die Meldung berichtigen oder zurückziehen.
operations-alarm-queued-refused = Eine eingereihte Meldung kann so nicht hinaus
operations-alarm-queued-refused-advice = Seit sie angenommen wurde, haben sich Charta oder Wächter geändert. Sie ging an niemanden. Die Koordination muss sie zurückziehen und neu schreiben.
operations-alarm-queued-expired = Eingereihte Meldungen sind vergessen worden, ohne gesendet zu sein
operations-alarm-queued-expired-advice = Ihr Löschtag kam, bevor der Knoten wieder unterschrieb. Sagen Sie es der Koordination; was noch gilt, muss neu gemeldet werden.
operations-alarm-charter-refused = Eine Charta wurde angeboten, die nicht gelten kann
operations-alarm-charter-refused-advice = Ihr fehlen Unterschriften, oder sie passt nicht auf die geltende. Fragen Sie den Partner, woher er sie hat.
operations-alarm-charter-expired = Die Charta ist abgelaufen
operations-alarm-charter-expired-advice = Der Austausch geht weiter; Mitglieder, Schlüssel und Vokabular lassen sich erst mit einer neuen Charta wieder ändern.
operations-alarm-certificate-ends = Ein Zertifikat läuft aus und wird nicht erneuert
operations-alarm-certificate-ends-advice = Weniger als ein Sechstel seiner Laufzeit ist übrig. Ist es das eigene, legen Sie ein neues ab; ein Neustart ist nicht nötig. Ist es das eines Partners, rufen Sie den Betrieb dort an.
operations-alarm-other = Etwas, das diese Version der Anwendung nicht kennt
operations-alarm-other-advice = Was der Knoten dazu sagt, steht unten. Spielen Sie die aktuelle Version der Anwendung ein.

operations-audit = Entscheidungen über Texte
operations-audit-lead = Was Rollen über Texte entschieden haben: Prüfungen, zweite Freigaben, Rücknahmen wegen Personenbezugs. Kein Text und kein Name steht hier: nur eine Rolle und ein Pseudonym, das jeden Monat ein anderes ist. Aufbewahrt wird es ein Jahr.
operations-no-records = Noch wurde nichts entschieden.
operations-number = Nr.
operations-at = Wann
operations-event = Was
operations-role = Rolle
operations-role-coordinator = Koordination
operations-role-publisher = Meldende
operations-role-node = der Knoten selbst
operations-pseudonym = Pseudonym
operations-rules = Regeln des Wächters
operations-subject = Meldung
operations-pages = Seiten
operations-first-page = Neueste
operations-back = Zum Betrieb
