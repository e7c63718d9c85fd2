//! What is said of checking exported protocols.

use super::texts;

texts! { VERIFY:
    ABOUT_VERIFY = "Ein ausgegebenes Protokoll prüfen: wer es gezeichnet hat, und ob es der gezeichnete Wortlaut ist; oder einen Beleg gegen eine Stelle", "Check an exported protocol: who signed it off, and whether it says what was signed; or evidence against an agency";
    ARG_VERIFY_FILE = "Die Datei: JSON, PDF oder Markdown, oder ein Beleg", "The file: JSON, PDF or Markdown, or evidence";
    ARG_VERIFY_CHARTER = "Charta des Verbunds; mehrfach, wenn seit der Zeichnung Schlüssel gewechselt haben", "The federation's charter; several where keys have changed since it was signed";
    ARG_VERIFY_AGAINST = "Ausgegebene JSON-Datei, die den Fingerabdruck belegt", "An exported JSON file that proves the fingerprint";
    ARG_VERIFY_ASK = "Den eigenen Knoten fragen, wie es jetzt um das Protokoll steht", "Ask the own node how it is with the protocol now";
    ARG_VERIFY_SHOW = "Den geprüften Wortlaut zeigen", "Show the text that was checked";

    VERIFY_HEAD = "Protokoll {0}: {1}", "Protocol {0}: {1}";
    VERIFY_FINGERPRINT = "Fingerabdruck {0}", "Fingerprint {0}";
    VERIFY_SIGNED = "Gezeichnet von: {0}", "Signed off by: {0}";
    VERIFY_OBJECTING = "Widersprochen haben: {0}", "Objecting: {0}";
    VERIFY_WHOLE = "Bestätigt: jedes Wort ist das, was gezeichnet wurde.", "Verified: every word is what was signed.";
    VERIFY_SIGNATURES = "Die Unterschriften sind echt. Der Wortlaut lässt sich so nicht prüfen, weil Teile nicht enthalten sind; mit --ask vergleicht ihn der eigene Knoten.", "The signatures are genuine. The text can't be checked like this, since parts are left out; with --ask the own node compares it.";
    VERIFY_ATTACHED = "Geprüft ist die Datei, die der PDF anhängt. Die Seiten liest niemand: Ihr Wortlaut ist mit dem zu vergleichen, den --show zeigt.", "Checked is the file that is attached to the PDF. Nobody reads the pages: compare their text with what --show shows.";
    VERIFY_TEXT_UNREAD = "Der Fingerabdruck in der Datei ist bekannt. Ihr Wortlaut ist damit nicht geprüft: Er ist mit dem zu vergleichen, den --show zeigt.", "The fingerprint in the file is known. That does not check its text: compare it with what --show shows.";
    VERIFY_ASK_HINT = "Ob seither jemand sein Wort geändert hat, weiß ein Knoten: --ask", "Whether anybody has changed their word since, a node knows: --ask";
    VERIFY_NODE_SAME = "Der eigene Knoten hat es Byte für Byte genauso.", "The own node has it just so, byte by byte.";
    VERIFY_NODE_NOW = "Beim eigenen Knoten ist dieser Fingerabdruck in Kraft: {0}, gezeichnet von {1}", "At the own node this fingerprint is in force: {0}, signed off by {1}";
    VERIFY_NODE_UNKNOWN = "der eigene Knoten kennt diesen Fingerabdruck nicht, oder eine andere Fassung ist in Kraft", "the own node doesn't know this fingerprint, or another revision is in force";

    EVIDENCE_HOLDS = "Belegt: {0} hat an Stelle {1} der Spur {2} zweierlei unterschrieben.", "Proven: {0} has signed two things in place {1} of lane {2}.";
    EVIDENCE_NOT_SIGNED = "die Charta kennt keine Schlüssel der Stelle, die beides unterschrieben haben", "the charter knows no keys of the agency that signed both";
    EVIDENCE_CONSISTENT = "die beiden Einträge widersprechen einander nicht", "the two entries do not contradict each other";
    NOT_VERIFIED = "nicht bestätigt: {0}", "not verified: {0}";
    NOT_A_PROTOCOL = "das ist kein ausgegebenes Protokoll, oder es wurde verändert", "this is no exported protocol, or it was changed";
    NO_ATTACHMENT = "der PDF hängt kein Protokoll mit Unterschriften an", "no protocol with signatures is attached to the PDF";
    NO_FINGERPRINT = "in der Datei steht kein Fingerabdruck", "the file has no fingerprint";
    OTHER_FINGERPRINT = "die Datei nennt einen anderen Fingerabdruck als die JSON-Datei", "the file names another fingerprint than the JSON file";
    FINGERPRINT_ALONE = "eine Textdatei beweist nichts; mit --against oder --ask wird ihr Fingerabdruck geprüft", "a text file proves nothing; with --against or --ask its fingerprint is checked";
    PROTOCOL_DRAFT = "ein Entwurf, den niemand gezeichnet hat", "a draft, which nobody has signed off";
    VERIFY_OTHER_FEDERATION = "die Charta ist die eines anderen Verbunds", "the charter is another federation's";
    CHARTER_KEY_WRONG = "ein Schlüssel der Charta ist keiner", "a key of the charter is none";
    ENTRY_WRONG = "Eintrag {0} ist nicht, was seine Stelle unterschrieben hat ({1})", "entry {0} is not what its agency signed ({1})";
    ENTRY_UNRELATED = "Eintrag {0} belegt nicht, was die Datei sagt", "entry {0} does not prove what the file says";
    NOT_RELEASED = "nicht alle, die es binden soll, haben gezeichnet", "not all whom it would bind have signed it off";
    OTHER_WORDING = "die Datei sagt etwas anderes, als gezeichnet wurde", "the file does not say what was signed";
}
