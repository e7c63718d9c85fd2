//! What `verbund backup` and `verbund restore` say.

use super::texts;

texts! { BACKUP:
    ABOUT_BACKUP = "Datenbank und Löschschlüssel sichern, verschlüsselt für den Inhaber eines Schlüssels", "Back up the database and the erasure keys, encrypted for the holder of a key";
    ABOUT_BACKUP_KEYGEN = "Ein Schlüsselpaar für Sicherungen anlegen; ausgegeben wird der öffentliche Schlüssel", "Make a pair of keys for backups; the public key is printed";
    ABOUT_BACKUP_STORE = "Die Datenbank sichern, auch neben einem laufenden Knoten", "Back up the database, also beside a running node";
    ABOUT_BACKUP_KEYS = "Die Löschschlüssel sichern, getrennt von der Datenbank und für höchstens sieben Tage", "Back up the erasure keys, apart from the database and for seven days at most";
    ABOUT_RESTORE = "Aus einer Sicherung wiederherstellen", "Restore from a backup";
    ABOUT_RESTORE_STORE = "Die Datenbank aus einer Sicherung in eine leere Datenbank der Konfiguration einspielen, gleich welcher Art", "Restore the database from a backup into the configured, empty database, of either engine";
    ABOUT_RESTORE_KEYS = "Löschschlüssel aus einer Sicherung von höchstens sieben Tagen einspielen", "Restore erasure keys from a backup of at most seven days ago";
    ABOUT_RESTORE_WITHOUT = "Nach einer Wiederherstellung ohne Partner weitermachen, die nicht zu erreichen sind; auch neben einem laufenden Knoten", "Go on after a restore without partners that can't be reached; also beside a running node";
    BACKUP_EXIT_CODES = "Rückgabewerte:\n  0  erledigt\n  1  etwas ist beschädigt oder fehlgeschlagen\n  2  Aufruf, Schlüssel oder Konfiguration falsch\n  3  Datenbank nicht erreichbar; später noch einmal\n  4  abgelehnt: falscher Schlüssel, keine Sicherung, zu alt, in Gebrauch oder nicht leer",
        "Exit codes:\n  0  done\n  1  something is damaged or has failed\n  2  the call, a key or the configuration is wrong\n  3  the database can't be reached; try later\n  4  refused: wrong key, no backup, too old, in use or not empty";
    ARG_BACKUP_SECRET_NEW = "Neue Datei für den geheimen Schlüssel; sie gehört nicht auf diesen Rechner", "New file for the secret key; it does not belong on this machine";
    ARG_BACKUP_RECIPIENT = "Öffentlicher Schlüssel, dessen Inhaber die Sicherung lesen kann; mehrfach möglich", "Public key whose holder can read the backup; may be given several times";
    ARG_BACKUP_OUTPUT = "Neue Datei für die Sicherung, oder - für die Standardausgabe", "New file for the backup, or - for standard output";
    ARG_BACKUP_KEYS_FOLDER = "Ordner für Sicherungen der Löschschlüssel; was dort älter als sieben Tage ist, wird gelöscht. Mit - auf die Standardausgabe", "Folder for backups of the erasure keys; what is older than seven days there is deleted. With - to standard output";
    ARG_RESTORE_FROM = "Die Sicherung", "The backup";
    ARG_RESTORE_IDENTITY = "Datei mit dem geheimen Schlüssel", "File with the secret key";
    ARG_RESTORE_ACCEPT = "Bestätigen, dass eigene Einträge, die nur diese Partner haben, hier verloren sind", "Confirm that own entries which only these partners have are lost here";
    ARG_RESTORE_PARTNER = "Stelle, auf die nicht gewartet wird, wie kod", "An agency that is not waited for, such as kod";
    RESTORE_CANT_DECRYPT = "{0} ließ sich nicht entschlüsseln: {1}", "{0} could not be decrypted: {1}";

    BACKUP_BAD_RECIPIENT = "ein öffentlicher Schlüssel hat die Form age1…; verbund backup keygen macht einen", "a public key has the form age1…; verbund backup keygen makes one";
    BACKUP_SECRET_WRITTEN = "Der geheime Schlüssel steht in {0}. Ohne ihn ist jede Sicherung wertlos: an zwei Orten verwahren, nicht auf diesem Rechner.", "The secret key is in {0}. Without it every backup is worth nothing: keep it in two places, not on this machine.";
    BACKUP_DONE = "Gesichert: {0} Zeilen, davon {1} Einträge, in {2} ({3} Byte).", "Backed up: {0} rows, {1} of them entries, in {2} ({3} bytes).";
    BACKUP_KEYS_DONE = "Gesichert: {0} Löschschlüssel in {1}; {2} ältere Sicherungen gelöscht. Spätestens nach sieben Tagen löschen, auch Kopien.", "Backed up: {0} erasure keys in {1}; {2} older backups deleted. Delete it after seven days at the latest, and copies of it.";
    RESTORE_WRONG_KEY = "die Sicherung wurde für einen anderen Schlüssel verschlüsselt", "the backup was encrypted for another key";
    RESTORE_NOT_ENCRYPTED = "das ist keine verschlüsselte Sicherung", "this is no encrypted backup";
    RESTORE_CUT_OFF = "die Sicherung ist verändert oder abgeschnitten; eine andere nehmen", "the backup was changed or cut off; take another one";
    RESTORE_BAD_SECRET = "in der Schlüsseldatei steht kein geheimer Schlüssel der Form AGE-SECRET-KEY-1…", "the key file holds no secret key of the form AGE-SECRET-KEY-1…";
    RESTORE_NO_BACKUP = "die Datei ist verschlüsselt, aber keine Sicherung einer Datenbank", "the file is encrypted, but no backup of a database";
    RESTORE_NO_KEYS = "die Datei ist verschlüsselt, aber keine Sicherung von Löschschlüsseln", "the file is encrypted, but no backup of erasure keys";
    RESTORE_KEYS_OLD = "die Sicherung ist älter als sieben Tage; was seither vergessen wurde, darf nicht wieder lesbar werden", "the backup is older than seven days; what was forgotten since must not become readable again";
    RESTORE_KEYS_THERE = "in {0} liegen Löschschlüssel; sie sind neuer als jede Sicherung und bleiben", "there are erasure keys in {0}; they are newer than any backup and stay";
    RESTORE_KEYS_DONE = "{0} Löschschlüssel eingespielt.", "{0} erasure keys restored.";
    RESTORE_DONE = "Eingespielt: {0} Zeilen, davon {1} Einträge.", "Restored: {0} rows, {1} of them entries.";
    RESTORE_NEXT = "Als Nächstes:\n  1. Den Knoten starten. Er liest und empfängt, unterschreibt aber nichts, bis jeder Partner gezeigt hat, was er von ihm hat.\n  2. verbund status zeigt, auf wen er wartet. Bleibt ein Partner weg: verbund restore without.", "Next:\n  1. Start the node. It reads and receives, and signs nothing until each partner has shown what it holds of it.\n  2. verbund status shows whom it waits for. If a partner stays away: verbund restore without.";
    RESTORE_NO_PARTNER = "{0} ist kein Partner der Charta", "{0} is no partner in the charter";
    RESTORE_NOT_RECOVERING = "dieser Knoten wartet auf niemanden", "this node waits for nobody";
    RESTORE_FORGONE = "Auf diese Partner wird nicht mehr gewartet: {0}. Spuren, an denen sie teilhaben, werden geschlossen; es geht in neuen weiter.", "These partners are no longer waited for: {0}. Lanes that they are in are closed; new ones go on.";
    STATUS_QUEUED = "Eingereihte Meldungen, noch nicht gesendet: {0}", "Queued updates, not sent yet: {0}";
    STATUS_AWAITED = "Wartet auf das, was diese Partner von ihm haben: {0}", "Waits for what these partners hold of it: {0}";
}
