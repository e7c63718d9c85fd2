// Every page of the application, in one place: tests look at each, screenshots are made of each. A test compares this list with
// the routes in the sources.

import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { root } from "./kit/place.mjs";
import { OFFICE } from "./kit/federation.mjs";

const EVERYTHING = "coordinator,operator";

/**
 * `route` as in the sources, `name` for files, `path` where to look (a function of the world below; the route where nothing is
 * said), `as` the roles of who looks (nobody is signed in where it is "").
 */
export const PAGES = [
  { route: "/feed", name: "feed" },
  { route: "/anmelden", name: "anmelden", as: "" },
  { route: "/anmelden/link/{token}", name: "anmelden-link", as: "", path: () => `/anmelden/link/${"A".repeat(43)}` },
  { route: null, name: "nichts", path: () => "/gibt-es-nicht" },
];

/** Routes that show no page, and why. */
export const NO_PAGES = {
  "/live": "the stream of events",
  "/anzeige": "takes language and theme, shows nothing",
  "/abmelden": "signs out, shows nothing",
  "/assets/{version}/{name}": "style, scripts and pictures",
};

export function rolesFor(page) {
  return page.as ?? EVERYTHING;
}

export function pathOf(page, world) {
  return page.path ? page.path(world) : page.route;
}

/** What there is to look at in a federation whose day was played, as one agency sees it. */
export async function worldOf(agency) {
  const first = async (...args) => (await agency.ask(OFFICE, ...args))[0];
  const { situation } = await first("feed", "--place", "lutherplatz");
  const task = await first("task", "list");
  const meeting = await first("meeting", "list");
  const protocol = await first("protocol", "list");
  const key = (it) => `${it.owner}/${it.subject}`;
  return {
    update: `${situation.agency}/${situation.subject}`,
    task: key(task.task.key),
    meeting: key(meeting.meeting.key),
    protocol: key(protocol.protocol.key),
  };
}

/** All routes that the sources name. */
export async function routesOfSources() {
  const sources = path.join(root, "services/briefing/src");
  const files = (await readdir(sources, { recursive: true })).filter((it) => it.endsWith(".rs"));
  const routes = new Set();
  for (const file of files) {
    const text = await readFile(path.join(sources, file), "utf8");
    for (const [, route] of text.matchAll(/\.route\(\s*"([^"]+)"/g)) routes.add(route);
  }
  return [...routes].sort();
}
