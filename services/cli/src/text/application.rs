//! What is said of the coordinators' application and its accounts.

use super::texts;

texts! { APPLICATION:
    ABOUT_APPLICATION = "Die Anwendung der Koordination im Browser betreiben", "Run the coordinators' application for the browser";
    ABOUT_USER = "Konten der Anwendung: anlegen, Rollen, Einmal-Links, sperren, abmelden", "The application's accounts: add, roles, one-time links, disable, sign out";
    ABOUT_USER_ADD = "Ein Konto anlegen und einen Einmal-Link zum Anmelden ausgeben", "Add an account and print a one-time link to sign in";
    ABOUT_USER_LINK = "Einen neuen Einmal-Link zum Anmelden ausgeben", "Print a new one-time link to sign in";
    ABOUT_USER_LIST = "Alle Konten", "All accounts";
    ABOUT_USER_ROLES = "Einem Konto diese Rollen geben und keine anderen; wer eine verliert, ist sofort abgemeldet", "Give an account these roles and no others; whoever loses one is signed out at once";
    ABOUT_USER_DISABLE = "Ein Konto sperren und überall abmelden", "Disable an account and sign it out everywhere";
    ABOUT_USER_ENABLE = "Ein gesperrtes Konto wieder öffnen", "Enable a disabled account again";
    ABOUT_USER_REMOVE = "Ein Konto endgültig löschen", "Remove an account for good";
    ABOUT_USER_SESSIONS = "In welchen Browsern ein Konto angemeldet ist, ohne Zeiten", "In which browsers an account is signed in, without times";
    ABOUT_USER_END_SESSIONS = "Ein Konto überall abmelden", "Sign an account out everywhere";
    ARG_BRIEFING_CONFIG = "Konfiguration der Anwendung; auch über VERBUND_BRIEFING", "The application's configuration; VERBUND_BRIEFING does the same";
    ARG_INIT_BRIEFING = "Auch die Anwendung der Koordination einrichten, die unter dieser Adresse erreichbar ist", "Also set up the coordinators' application, which is reached at this address";
    ARG_BRIEFING_LISTEN = "Worauf die Anwendung hört", "Where the application listens";
    WROTE_BRIEFING = "Konfiguration für verbund briefing", "configuration for verbund briefing";
    ARG_USER_NAME = "Womit sich jemand anmeldet: E-Mail-Adresse oder Kurzname", "What somebody signs in with: an e-mail address or a short name";
    ARG_USER_ROLES = "Rollen, durch Komma getrennt: reader, contributor, coordinator, operator", "Roles, separated by commas: reader, contributor, coordinator, operator";
    ARG_LINK_HOURS = "So lange gilt der Link, 1 bis 168 Stunden", "How long the link works, 1 to 168 hours";
    HOURS = "STUNDEN", "HOURS";
    ROLES = "ROLLEN", "ROLES";
    BRIEFING_LISTENS = "Die Anwendung hört auf {0} und ist erreichbar unter {1}. Konten: verbund user add", "The application listens on {0} and is reached at {1}. Accounts: verbund user add";
    BRIEFING_NO_CONFIG = "die Konfiguration {0} ist nicht lesbar: {1}\n  verbund init --briefing legt eine an; was hineingehört, steht in docs/briefing.md", "can't read the configuration {0}: {1}\n  verbund init --briefing makes one; docs/briefing.md says what belongs in it";
    BRIEFING_BAD_CONFIG = "die Konfiguration {0} ist falsch: {1}\n  was hineingehört, steht in docs/briefing.md", "the configuration {0} is wrong: {1}\n  docs/briefing.md says what belongs in it";
    BRIEFING_NO_FILE = "{0} ist nicht lesbar: {1}\n  den Pfad in der Konfiguration prüfen, und ob der Benutzer der Anwendung die Datei lesen darf", "can't read {0}: {1}\n  check the path in the configuration, and whether the application's user may read the file";
    BRIEFING_NOT_LISTENING = "auf {0} kann die Anwendung nicht hören: {1}\n  Läuft sie schon? Sonst einen freien Port unter listen eintragen", "the application can't listen on {0}: {1}\n  Does it run already? Otherwise set a free port as listen";
    BRIEFING_BAD_ADDRESS = "node.address: {0}\n  {1}", "node.address: {0}\n  {1}";
    BRIEFING_BAD_TLS = "Zertifikat, Schlüssel oder Wurzeln unter [node] oder [tls] sind nicht brauchbar: {0}\n  Ist ein Zertifikat abgelaufen, von der eigenen Zertifizierungsstelle ein neues ausstellen lassen und ablegen", "certificate, key or roots in [node] or [tls] can't be used: {0}\n  where a certificate has expired, have the own agency's authority issue a new one and put it in place";
    BRIEFING_NOT_A_SYSTEM = "{0} ist nicht das Zertifikat eines Systems einer Stelle\n  unter node.certificate das der Anwendung eintragen: spiffe://<stelle>.<verbund>.verbund/system/briefing", "{0} is not the certificate of a system of an agency\n  set the application's as node.certificate: spiffe://<agency>.<federation>.verbund/system/briefing";
    BRIEFING_NO_NODE = "Achtung: {0}\n  In der Konfiguration der Anwendung steht das unter [node]. Sie läuft und versucht es weiter; solange zeigen ihre Seiten, dass der Knoten nicht antwortet.", "Attention: {0}\n  In the application's configuration this is [node]. It runs and goes on trying; until then its pages say that the node does not answer.";
    USER_LINK = "{0} ({1}): Der Link gilt einmal und {2} Stunden. Geben Sie ihn auf sicherem Weg weiter.", "{0} ({1}): the link works once, for {2} hours. Hand it over in a safe way.";
    USER_NAME_TAKEN = "Ein Konto mit diesem Namen gibt es schon", "There is an account of this name already";
    USER_UNKNOWN = "Ein Konto mit diesem Namen gibt es nicht; siehe verbund user list", "There is no account of this name; see verbund user list";
    USER_OF_PROVIDER = "Dieses Konto gehört dem Anmeldedienst: Rollen und Kennwort kommen von dort", "This account belongs to the identity provider: roles and password come from there";
    USER_LAST_OPERATOR = "Das ist das letzte Konto mit der Rolle operator; geben Sie die Rolle erst einem anderen", "This is the last account with the role operator; give the role to another one first";
    USER_REMOVED = "{0} ist gelöscht", "{0} is removed";
    USER_SESSIONS_ENDED = "{0} Sitzungen sind beendet", "{0} sessions have ended";
    USER_BROWSER = "Browser", "browser";
    USER_NAME = "Name", "name";
    USER_ROLES = "Rollen", "roles";
    USER_STATE = "Zustand", "state";
    USER_ENABLED = "offen", "enabled";
    USER_DISABLED = "gesperrt", "disabled";
    DEMO_APPLICATIONS = "Die Anwendungen im Browser, jeder Link einmal zum Anmelden (je Stelle zwei: CLEAR braucht eine zweite Person):", "The applications for the browser, each link signs in once (two for each agency: CLEAR takes a second person):";
    DEMO_APPLICATION = "  {0}\n    {1}\n    {2}", "  {0}\n    {1}\n    {2}";
}
