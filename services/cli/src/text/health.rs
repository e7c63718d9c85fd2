//! What is said of a process's health.

use super::texts;

texts! { HEALTH:
    ABOUT_HEALTH = "Fragen, ob der Knoten auf diesem Rechner arbeitet: für Gesundheitsprüfungen ohne Shell", "Ask whether the node on this machine takes work: for health checks without a shell";
    ARG_HEALTH_CONFIG = "Konfiguration des Knotens: gefragt wird, wo [admin] listen steht", "The node's configuration: [admin] listen says where to ask";
    ARG_HEALTH_ADDRESS = "Stattdessen hier fragen, über einfaches HTTP", "Ask here instead, over plain HTTP";
    ARG_HEALTH_PATH = "Wonach gefragt wird; alles außer 2xx heißt nicht bereit", "What to ask for; anything but 2xx means not ready";
    HEALTH_READY = "bereit", "ready";
    HEALTH_NOT_READY = "nicht bereit ({0}): {1}", "not ready ({0}): {1}";
    HEALTH_NO_ANSWER = "keine Antwort von {0}: {1}", "no answer from {0}: {1}";
}
