// Every page of the application, in one place: tests look at each, screenshots are made of each. A test compares this list with
// the routes in the sources.

import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { OFFICE, today } from "./kit/federation.mjs";
import { root } from "./kit/place.mjs";

/** Whoever sees all pages. */
export const EVERYTHING = "coordinator,operator";

/**
 * `route` as in the sources, `name` for files, `path` where to look (a function of the world below; the route where nothing is
 * said), `as` the roles of who looks (nobody is signed in where it is "").
 */
export const PAGES = [
  { name: "start", route: "/" },
  { name: "feed", route: "/feed" },
  { name: "meldung", route: "/meldung/{origin}/{subject}", path: (it) => `/meldung/${it.update}` },
  { name: "meldung-neu", route: "/meldung/neu" },
  { name: "meldung-berichtigen", route: "/meldung/{origin}/{subject}/berichtigen", path: (it) => `/meldung/${it.update}/berichtigen` },
  { name: "meldung-zurueckziehen", route: "/meldung/{origin}/{subject}/zurueckziehen", path: (it) => `/meldung/${it.update}/zurueckziehen` },
  { name: "pruefung", route: "/pruefung" },
  { name: "pruefung-entwurf", route: "/pruefung/{review}", path: (it) => `/pruefung/${it.review}` },
  { name: "lage", route: "/lage" },
  { name: "besprechungen", route: "/besprechung" },
  { name: "besprechung-neu", route: "/besprechung/neu" },
  { name: "besprechung", route: "/besprechung/{owner}/{subject}", path: (it) => `/besprechung/${it.briefing}` },
  { name: "besprechung-geplant", route: "/besprechung/{owner}/{subject}", path: (it) => `/besprechung/${it.planned}` },
  { name: "besprechung-aendern", route: "/besprechung/{owner}/{subject}/aendern", path: (it) => `/besprechung/${it.planned}/aendern` },
  { name: "leinwand", route: "/besprechung/{owner}/{subject}/leinwand", path: (it) => `/besprechung/${it.briefing}/leinwand` },
  { name: "kalender", route: "/besprechung/kalender" },
  { name: "protokolle", route: "/protokolle" },
  { name: "protokoll", route: "/protokolle/{owner}/{subject}", path: (it) => `/protokolle/${it.protocol}` },
  { name: "protokoll-bearbeiten", route: "/protokolle/{owner}/{subject}/bearbeiten", path: (it) => `/protokolle/${it.draft}/bearbeiten` },
  { name: "protokoll-schritt", route: "/protokolle/{owner}/{subject}/schritt/{step}", path: (it) => `/protokolle/${it.draft}/schritt/circulate` },
  { name: "protokoll-vergleich", route: "/protokolle/{owner}/{subject}/vergleich", path: (it) => `/protokolle/${it.protocol}/vergleich` },
  { name: "aufgaben", route: "/aufgaben" },
  { name: "aufgaben-liste", route: "/aufgaben", path: () => "/aufgaben?ansicht=liste" },
  { name: "aufgabe-neu", route: "/aufgaben/neu" },
  { name: "aufgabe", route: "/aufgaben/{owner}/{subject}", path: (it) => `/aufgaben/${it.task}` },
  { name: "aufgabe-aendern", route: "/aufgaben/{owner}/{subject}/aendern", path: (it) => `/aufgaben/${it.task}/aendern` },
  { name: "aufgabe-schritt", route: "/aufgaben/{owner}/{subject}/schritt/{makes}", path: (it) => `/aufgaben/${it.task}/schritt/withdraw` },
  { name: "konzept", route: "/konzept" },
  { name: "konzept-massnahme", route: "/konzept/{measure}", path: () => "/konzept/m1" },
  { name: "bericht", route: "/bericht" },
  { name: "betrieb", route: "/betrieb" },
  { name: "betrieb-protokoll", route: "/betrieb/protokoll" },
  { name: "konto", route: "/konto" },
  { name: "mitteilungen", route: "/konto/mitteilungen" },
  { name: "mitteilungen-adresse", route: "/konto/mitteilungen/adresse/{token}", path: () => `/konto/mitteilungen/adresse/${"A".repeat(43)}` },
  { name: "konten", route: "/konten" },
  { name: "konto-anderer", route: "/konten/{id}", path: (it) => it.account },
  { name: "nachweis", route: "/nachweis", path: () => "/nachweis?then=/feed" },
  { name: "anmelden", route: "/anmelden", as: "" },
  { name: "anmelden-link", route: "/anmelden/link/{token}", as: "", path: (it) => new URL(it.link).pathname },
  { name: "abgemeldet", route: "/abgemeldet", as: "" },
  { name: "nichts", route: null, path: () => "/gibt-es-nicht" },
];

/** What a browser may get that is no page, and why. */
export const NO_PAGES = {
  "/live": "the stream of events",
  "/assets/{version}/{name}": "style, scripts and pictures",
  "/aufgaben/zuerst": "a part of a page, for its script",
  "/besprechung/kalender.ics": "a file",
  "/besprechung/{owner}/{subject}/schritt/{step}": "leads to the meeting",
  "/besprechung/{owner}/{subject}/termin.ics": "a file",
  "/besprechung/{owner}/{subject}/vorlegen": "leads to the meeting",
  "/kalender/{file}": "a file, for calendar programs",
  "/bericht/datei": "a file",
  "/betrieb/beweis/{alarm}": "a file",
  "/anmelden/oidc": "leads to the provider",
  "/anmelden/oidc/antwort": "leads on from the provider",
  "/protokolle/{owner}/{subject}/datei/{format}": "a file",
  "/sw.js": "a script",
  "/icon.svg": "a picture",
  "/manifest.webmanifest": "a file for browsers",
};

export function rolesFor(page) {
  return page.as ?? EVERYTHING;
}

export function pathOf(page, world) {
  return page.path ? page.path(world) : page.route;
}

/** Pages that can be looked at without knowing a subject. */
export const PLAIN_PAGES = PAGES.filter((it) => it.route && !it.route.includes("{"));

/**
 * What there is to look at in a federation whose day was played, as one agency sees it, with something of each kind. `operator`
 * is a signed-in operator's visit: ids of accounts are told to nobody else.
 */
export async function worldOf(agency, operator) {
  const first = async (...args) => (await agency.ask(OFFICE, ...args))[0];
  const key = ({ owner, subject }) => `${owner}/${subject}`;
  const { situation } = await first("feed", "--agency", agency.id, "--place", "lutherplatz");
  const terms = ["--title", "Beleuchtung am Durchgang prüfen", "--measure", "m1", "--category", "infrastruktur"];
  const asked = await first("task", "create", ...terms, "--assignee", "quartiersbuero");
  const { protocol } = await first("protocol", "list", "--status", "released");
  const plan = async (...items) => {
    const args = ["--type", "lagebesprechung", "--deputy", "polizei", "--day", today(), "--start", "23:30", ...items];
    const { receipt } = await first("meeting", "plan", ...args);
    return key(receipt.subject);
  };
  const briefing = await plan("--item", "Lage am Lutherplatz=m3", "--item", "Verschiedenes");
  await first("meeting", "briefing", "open", briefing, "--participant", "dhz,polizei");
  await first("meeting", "briefing", "pin", briefing, "1", situation.subject);
  await first("meeting", "briefing", "find", briefing, "1", "Vor allem an den Bänken, weniger am Rand.");
  await first("meeting", "briefing", "propose", briefing, "1", "Weiter täglich reinigen.");
  const over = await plan("--item", "Reinigung der Plätze=m1");
  await first("meeting", "briefing", "open", over, "--participant", "dhz,polizei");
  await first("meeting", "briefing", "decide", over, "1", "Die Reinigung beginnt künftig früher.");
  await first("meeting", "briefing", "close", over);
  const written = await first("protocol", "list", "--status", "draft");
  const accounts = await (await operator.context.request.get("/konten")).text();
  // The guard wants it read again; and CLEAR takes a second coordinator.
  const [held] = await agency.publishAs(OFFICE, { note: "Mehr Glas am Brumsel als sonst." });
  await agency.publishAs(OFFICE, { note: "Der Platz ist wieder offen.", handling: "clear" });
  return {
    update: `${situation.agency}/${situation.subject}`,
    task: key(asked.receipt.subject),
    protocol: key(protocol.key),
    draft: key(written.protocol.key),
    account: /href="(\/konten\/[^"]+)"/.exec(accounts)[1],
    briefing,
    planned: await plan("--item", "Rückblick=m1"),
    review: held.review,
    link: (await agency.addPerson("reader")).link,
  };
}

/** All routes of the sources that a browser can get. */
export async function routesOfSources() {
  const sources = path.join(root, "services/briefing/src");
  const files = (await readdir(sources, { recursive: true })).filter((it) => it.endsWith(".rs"));
  const routes = new Set();
  for (const file of files) {
    const text = await readFile(path.join(sources, file), "utf8");
    // Each from its name to the next one, or to the end of the chain.
    for (const [, route, rest] of text.matchAll(/\.route\(\s*"([^"]+)"((?:(?!\.route\()[^;}])*)/g)) {
      if (/\bget\(/.test(rest)) routes.add(route);
    }
  }
  return [...routes].sort();
}
