//! The texts of `--help`.

use super::texts;

texts! { HELP:
    ABOUT = "Verbund: fallfreie Lagemeldungen zwischen den Stellen eines Sicherheitskonzepts, ohne zentralen Server",
        "Verbund: case-free situation updates between the agencies of a security concept, without a central server";
    EXIT_CODES = "Rückgabewerte:\n  0  erledigt\n  1  fehlgeschlagen\n  2  Aufruf, Datei oder Konfiguration falsch\n  3  Knoten nicht erreichbar oder gerade nicht aufnahmefähig; später noch einmal\n  4  abgelehnt, vom Knoten oder schon hier\n\nDaten gehen auf die Standardausgabe, alles andere auf die Fehlerausgabe.\nUmgebung: VERBUND_LANG (de, en), VERBUND_CLIENT (Client-Konfiguration), VERBUND__ABSCHNITT__SCHLÜSSEL (Knoten).",
        "Exit codes:\n  0  done\n  1  failed\n  2  the call, a file or a configuration is wrong\n  3  the node can't be reached or takes nothing now; try later\n  4  refused, by the node or already here\n\nData goes to standard output, everything else to standard error.\nEnvironment: VERBUND_LANG (de, en), VERBUND_CLIENT (client configuration), VERBUND__SECTION__KEY (node).";

    HEADING_USAGE = "Aufruf", "Usage";
    HEADING_COMMANDS = "Befehle", "Commands";
    HEADING_ARGUMENTS = "Argumente", "Arguments";
    HEADING_OPTIONS = "Optionen", "Options";
    HEADING_GENERAL = "Allgemein", "General";
    HEADING_NODE = "Eigener Knoten", "Own node";
    COMMAND = "BEFEHL", "COMMAND";
    FILE = "DATEI", "FILE";
    FOLDER = "ORDNER", "FOLDER";
    DAY = "JJJJ-MM-TT", "YYYY-MM-DD";
    DAYS = "TAGE", "DAYS";
    SECONDS = "SEKUNDEN", "SECONDS";
    REASON = "GRUND", "REASON";
    TEXT = "TEXT", "TEXT";
    VALUES = "Werte", "values";
    DEFAULT = "Vorgabe", "default";

    OPT_HELP = "Hilfe anzeigen", "Show help";
    OPT_VERSION = "Version anzeigen", "Show the version";
    OPT_LANG = "Sprache der Texte; auch über VERBUND_LANG", "Language of texts; VERBUND_LANG does the same";
    OPT_FORMAT = "Form der Ausgabe: für Menschen oder sprachfrei für Maschinen", "Form of the output: for people, or free of language for machines";

    ABOUT_NODE = "Den Knoten einer Stelle betreiben", "Run an agency's node";
    ABOUT_INIT = "Für eine neue Stelle Konfiguration, Schlüssel und Ordner anlegen", "Make configuration, keys and folders for a new agency";
    ABOUT_CONFIG = "Konfiguration eines Knotens prüfen oder ausgeben", "Check or print a node's configuration";
    ABOUT_CONFIG_CHECK = "Sagen, was an der Konfiguration falsch ist", "Say what is wrong with the configuration";
    ABOUT_CONFIG_DUMP = "Ausgeben, was gilt: Datei, Umgebung und Vorgaben", "Print what is in force: file, environment and defaults";
    ABOUT_PKI = "Entwicklungszertifikate; im Betrieb stellt sie die eigene Zertifizierungsstelle aus", "Development certificates; in service the agency's own authority issues them";
    ABOUT_PKI_AUTHORITY = "Eine Wurzel mit Schlüssel und leerer Sperrliste anlegen", "Make a root with its key and an empty revocation list";
    ABOUT_PKI_NODE = "Ein Zertifikat für den Knoten ausstellen", "Issue a certificate for the node";
    ABOUT_PKI_SYSTEM = "Ein Zertifikat für ein System oder eine Person der Stelle ausstellen", "Issue a certificate for one of the agency's systems or people";
    ABOUT_PKI_REVOKE = "Ein Zertifikat sperren und die Sperrliste neu schreiben", "Revoke a certificate and write the revocation list anew";
    ABOUT_PKI_CRL = "Die Sperrliste mit neuer Gültigkeit schreiben", "Write the revocation list with a new validity";
    ABOUT_CHARTER = "Die Charta des Verbunds zusammenstellen, unterschreiben und prüfen", "Compose, sign and check the federation's charter";
    ABOUT_CHARTER_COMPOSE = "Aus Vokabular und Mitgliedern eine Charta machen, die alle unterschreiben", "Make a charter from a vocabulary and the members, for all to sign";
    ABOUT_CHARTER_SIGN = "Mit dem Eintragsschlüssel der Stelle unterschreiben", "Sign with the agency's entry key";
    ABOUT_CHARTER_CHECK = "Prüfen, ob mehr als die Hälfte der Mitglieder unterschrieben hat", "Check that more than half of the members signed";
    ABOUT_CHARTER_SHOW = "Zeigen, was in einer Charta steht", "Show what a charter says";
    ABOUT_PUSH = "Lagemeldungen senden: eine als JSON, oder viele als JSON-Zeilen", "Send situation updates: one as JSON, or many as JSON lines";
    ABOUT_FEED = "Lagemeldungen ansehen, die zuletzt geänderten zuerst, oder mitlesen", "See situation updates, the last changed first, or follow them";
    ABOUT_GET = "Eine Meldung mit Verlauf und Quittungen der Partner", "One update with its history and the partners' receipts";
    ABOUT_CORRECT = "Eine eigene Meldung berichtigen", "Correct an own update";
    ABOUT_WITHDRAW = "Eine eigene Meldung zurückziehen", "Withdraw an own update";
    ABOUT_CONFIRM = "Als zweite Koordination freigeben, was auf Bestätigung wartet", "Let an update go as the second coordinator";
    ABOUT_STATUS = "Zustand des Knotens und der Partner: Verbindung, Rückstand, Quittungen", "How the node and its partners are: links, lag, receipts";
    ABOUT_ALARMS = "Was schiefging und noch offen ist", "What went wrong and is still open";
    ABOUT_CONCEPT = "Das geltende Vokabular: Orte, Kategorien, Messgrößen, Maßnahmen", "The vocabulary in force: places, categories, indicators, measures";
    ABOUT_CHECK_TEXT = "Einen Text auf Personenbezug prüfen, ohne ihn zu senden", "Check a text for references to persons, without sending it";
    ABOUT_DOCTOR = "Jede Verbindung und die eigenen Dateien prüfen und sagen, was zu tun ist", "Check every link and the own files, and say what to do";
    ABOUT_DEMO = "Sechs Knoten auf diesem Rechner, ein gespielter Tag in Krefeld", "Six nodes on this machine, a played day in Krefeld";

    ARG_CLIENT_CONFIG = "Client-Konfiguration; sonst client.toml im Arbeitsordner", "Client configuration; otherwise client.toml in the working folder";
    ARG_NODE = "Adresse der Stellen-Schnittstelle des eigenen Knotens", "Address of the own node's agency API";
    ARG_CERTIFICATE = "Eigenes Zertifikat (PEM)", "Own certificate (PEM)";
    ARG_KEY = "Privater Schlüssel dazu (PEM)", "Its private key (PEM)";
    ARG_ROOTS = "Wurzelzertifikat der eigenen Stelle (PEM)", "The own agency's root certificate (PEM)";
    ARG_UPDATES = "JSON-Datei, oder - für die Standardeingabe", "JSON file, or - for standard input";
    ARG_UPDATE = "JSON-Datei mit der besseren Fassung, oder - für die Standardeingabe", "JSON file with the better version, or - for standard input";
    ARG_IN_FLIGHT = "So viele dürfen gleichzeitig auf ihre Antwort warten", "How many may wait for their answer at a time";
    ARG_PATIENCE = "So lange ohne jede Antwort weiter versuchen", "How long to go on trying without any answer";
    ARG_SUBJECT = "Kennung der Meldung", "The update's id";
    ARG_ETAG = "Fassung, auf die es sich bezieht; sonst die neueste", "The version that is meant; otherwise the latest";
    ARG_REASON = "Warum; personal-data vernichtet den Text bei allen", "Why; personal-data destroys the text everywhere";
    ARG_REQUEST_ID = "Kennung dieser Anfrage (UUIDv7), um sie gefahrlos zu wiederholen", "Id of this request (UUIDv7), to repeat it without harm";
    ARG_FOLLOW = "Weiterlaufen und zeigen, was kommt", "Go on and show what comes";
    ARG_AGENCY_FILTER = "Nur von diesen Stellen", "Only from these agencies";
    ARG_CATEGORY_FILTER = "Nur diese Kategorien", "Only these categories";
    ARG_PLACE_FILTER = "Nur diese Orte", "Only these places";
    ARG_FROM = "Ab diesem Tag", "From this day on";
    ARG_TO = "Bis zu diesem Tag, ihn eingeschlossen", "Until this day, included";
    ARG_LIMIT = "Höchstens so viele", "At most so many";
    ARG_CURSOR = "Nach dieser Stelle weiterlesen; leer heißt von Anfang an", "Go on after this place; empty means from the beginning";
    ARG_CONCEPT_PART = "Nur dieser Teil", "Only this part";
    ARG_TEXT = "Der Text, oder - für die Standardeingabe", "The text, or - for standard input";
    ARG_AGENCY = "Kennung der Stelle, wie dhz", "The agency's id, such as dhz";
    ARG_FEDERATION = "Kennung des Verbunds, wie krefeld", "The federation's id, such as krefeld";
    ARG_PKI_FOLDER = "Ordner der Zertifizierungsstelle", "The authority's folder";
    ARG_CRL_DAYS = "So lange gilt die Sperrliste; danach glaubt der Stelle niemand mehr", "How long the revocation list is valid; after that nobody believes the agency";
    ARG_DAYS = "So lange gilt das Zertifikat", "How long the certificate is valid";
    ARG_HOST_NAMES = "Weiterer Name oder Adresse des Knotens", "Another name or address of the node";
    ARG_SYSTEM = "Name des Systems, wie diensttagebuch", "The system's name, such as duty-log";
    ARG_REVOKED = "Das Zertifikat, das nicht mehr gelten soll", "The certificate that is to be valid no more";
    ARG_CHARTER = "Die Charta; ihre Unterschriften stehen daneben in .sig", "The charter; its signatures stand beside it in .sig";
    ARG_ENTRY_KEY = "Eintragsschlüssel der Stelle", "The agency's entry key";
    ARG_PREVIOUS = "Die Charta, die zuvor galt", "The charter that was in force before";
    ARG_VOCABULARY = "Vokabular, wie deploy/charter/krefeld.toml", "Vocabulary, such as deploy/charter/krefeld.toml";
    ARG_MEMBERS = "Mitglieder als TOML: [[member]] mit agency, endpoint, roots (Datei), entry_keys", "Members as TOML: [[member]] with agency, endpoint, roots (file), entry_keys";
    ARG_EXPIRES = "Letzter Tag, an dem sie die Mitgliedschaft ändern kann", "Last day on which it can change membership";
    ARG_OUTPUT = "Wohin", "Where to";
    ARG_NODE_CONFIG = "Konfiguration des Knotens", "The node's configuration";
    ARG_INIT_FOLDER = "Ordner, in dem alles angelegt wird", "Folder in which everything is made";
    ARG_AGENCY_LISTEN = "Adresse für die Systeme der eigenen Stelle", "Address for the own agency's systems";
    ARG_FEDERATION_LISTEN = "Adresse für die Knoten der Partner", "Address for the partners' nodes";
    ARG_ADMIN_LISTEN = "Adresse für Zustand und Messwerte (nur lokal)", "Address for health and metrics (local only)";
    ARG_CLIENT = "System, das zugreifen darf, mit Rollen: name=publisher,reader", "A system that may call, with its roles: name=publisher,reader";
    ARG_INIT_PKI = "Zum Ausprobieren: Zertifikate gleich aus diesem Ordner von verbund pki", "For trying out: certificates at once from this folder of verbund pki";
    ARG_END_WITH = "Enden, wenn dieser Prozess endet", "End when this process ends";
    ARG_DEMO_ONCE = "Den Tag spielen, warten, bis alle alles haben, Ergebnis ausgeben, beenden", "Play the day, wait until all have everything, print the result, end";
    ARG_DEMO_DATA = "Ordner der Vorführung; sonst im Zustandsordner des Benutzers", "The demonstration's folder; otherwise in the user's state folder";
    ARG_DEMO_FRESH = "Den Ordner vorher leeren", "Empty the folder first";
    ARG_DEMO_SECONDS = "So lange dauert der gespielte Tag", "How long the played day takes";
    ARG_DEMO_PATIENCE = "So lange auf den Gleichstand warten", "How long to wait until all are level";
}
