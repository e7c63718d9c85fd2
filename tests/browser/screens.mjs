// Pictures of every page: `screens.mjs FOLDER`, usually by `tests/run screens`. Each page in German, light and wide; some in
// English, dark or on a phone, too.

import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { DESKTOP, PHONE, Visit, launch } from "./kit/browser.mjs";
import { Federation } from "./kit/federation.mjs";
import { signIn } from "./kit/sign_in.mjs";
import { EVERYTHING, PAGES, pathOf, rolesFor, worldOf } from "./pages.mjs";

const AGENCY = "kod";
/** What a picture may weigh in the repository. */
const BYTES_MAX = 150 * 1024;
/** The longest part of a page that is shown. */
const HEIGHT_MAX = 1600;
/** Pages that are shown in other ways as well. */
const ALSO = {
  start: ["dark-de-1280", "light-en-1280", "light-de-360"],
  feed: ["dark-de-1280", "light-de-360", "dark-en-360"],
  "meldung-neu": ["light-de-360", "dark-de-360"],
  lage: ["dark-de-1280", "light-de-360"],
  besprechung: ["dark-de-1280", "light-de-360"],
  leinwand: ["dark-de-1280"],
  aufgaben: ["dark-en-1280", "light-de-360"],
  protokoll: ["light-en-1280"],
  bericht: ["dark-de-1280"],
};

const folder = path.resolve(process.argv[2] ?? "docs/screens");
await mkdir(folder, { recursive: true });
for (const old of await readdir(folder)) if (old.endsWith(".png")) await rm(path.join(folder, old));

const federation = await (await Federation.played()).start(AGENCY);
const agency = federation.agency(AGENCY);
const browser = await launch();
try {
  const states = new Map([["", undefined], [EVERYTHING, await stateOf(EVERYTHING)]]);
  const operator = await Visit.begin(browser, agency.url, { storageState: states.get(EVERYTHING) });
  const world = await worldOf(agency, operator);
  await operator.end();
  for (const page of PAGES.filter((it) => it.route)) {
    for (const way of ["light-de-1280", ...(ALSO[page.name] ?? [])]) await take(page, way, world, states);
  }
} finally {
  await browser.close();
  await federation.end();
}

async function take(page, way, world, states) {
  const [theme, language, width] = way.split("-");
  const roles = rolesFor(page);
  if (!states.has(roles)) states.set(roles, await stateOf(roles));
  const size = width === "360" ? PHONE : DESKTOP;
  const visit = await Visit.begin(browser, agency.url, { ...size, storageState: states.get(roles) });
  const cookies = { "verbund-lang": language, "verbund-theme": theme };
  await visit.context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: agency.url })));
  const tab = await visit.page(pathOf(page, world));
  const height = await tab.evaluate(() => document.documentElement.scrollHeight);
  await tab.setViewportSize({ width: Number(width), height: Math.min(Math.max(height, size.viewport.height), HEIGHT_MAX) });
  const file = path.join(folder, `${page.name}-${way}.png`);
  await writeFile(file, await fitting(tab));
  console.log(`${path.relative(process.cwd(), file)}  ${Math.round((await stat(file)).size / 1024)} KiB`);
  await visit.end();
}

/** A picture within the limit: what is too heavy is cut at the bottom. */
async function fitting(tab) {
  for (;;) {
    const picture = await tab.screenshot();
    const { width, height } = tab.viewportSize();
    if (picture.length <= BYTES_MAX || height <= 400) return picture;
    await tab.setViewportSize({ width, height: Math.floor(height * 0.85) });
  }
}

async function stateOf(roles) {
  const person = await agency.addPerson(roles, roles.includes("coordinator") ? "koordination" : undefined);
  const visit = await Visit.begin(browser, agency.url);
  await signIn(await visit.page(), person);
  const state = await visit.context.storageState();
  await visit.end();
  return state;
}
