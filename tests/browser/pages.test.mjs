// What holds for every page: whoever looks at it, in whichever language and theme, on a desktop, on a phone, on paper.

import assert from "node:assert/strict";
import { Federation } from "./kit/federation.mjs";
import { require } from "./kit/place.mjs";
import { Stories } from "./kit/story.mjs";
import { EVERYTHING, NO_PAGES, PAGES, pathOf, rolesFor, routesOfSources, worldOf } from "./pages.mjs";

const { AxeBuilder } = require("@axe-core/playwright");
const { HtmlValidate } = require("html-validate");

const AGENCY = "kod";
const LANGUAGES = ["de", "en"];
const THEMES = ["light", "dark"];
const DESKTOP = { width: 1280, height: 800 };
/** 320 px is also what 400 % of 1280 px leaves; 640 px is 200 %. */
const NARROW = { width: 320, height: 640 };
const ZOOMED = { width: 640, height: 400 };

let world;
const stories = new Stories("pages", async () => (await Federation.played()).start(AGENCY));
// What the standard asks for, and what accessibility does. A button of a form sends it unless it says otherwise; ours do.
const html = new HtmlValidate({
  extends: ["html-validate:standard", "html-validate:a11y"],
  // Whatever has a role of its own may be named, such as a list.
  rules: { "no-implicit-button-type": "off", "aria-label-misuse": ["error", { allowAnyNamable: true }] },
});

stories.test("there is something of each kind to look at", async ({ federation, as }) => {
  world = await worldOf(federation.agency(AGENCY), await as(AGENCY, EVERYTHING));
});

stories.test("the list of pages names every route of the application, and no other", async () => {
  const listed = new Set([...PAGES.map((it) => it.route).filter(Boolean), ...Object.keys(NO_PAGES)]);
  assert.deepEqual([...listed].sort(), await routesOfSources());
});

for (const page of PAGES) {
  stories.test(`${page.name}: valid, accessible, narrow and printable`, async ({ as, visit }) => {
    for (const language of LANGUAGES) {
      const roles = rolesFor(page);
      const seen = roles ? await as(AGENCY, roles) : await visit(AGENCY);
      const where = pathOf(page, world);
      await choose(seen, "verbund-lang", language);

      const { status, text } = await sourceOf(seen, where);
      assert.equal(status, page.route ? 200 : 404, `${where} in ${language}`);
      assert.deepEqual(await invalid(text), [], `HTML of ${where} in ${language}`);
      assert.match(text, new RegExp(`<html lang="${language}"`));

      const tab = await seen.page();
      for (const theme of THEMES) {
        await choose(seen, "verbund-theme", theme);
        for (const size of [DESKTOP, NARROW]) {
          await tab.setViewportSize(size);
          await tab.goto(where);
          if (size === DESKTOP) await open(tab);
          const said = `${where} in ${language}, ${theme}, ${size.width} px`;
          assert.deepEqual(await inaccessible(tab), [], said);
        }
      }
      for (const size of [NARROW, ZOOMED]) {
        await tab.setViewportSize(size);
        const { scrolls, culprits } = await tab.evaluate(overflow);
        assert.equal(scrolls, false, `${where} in ${language} scrolls sideways at ${size.width} px: ${culprits}`);
      }
      await tab.setViewportSize(DESKTOP);
      await tab.emulateMedia({ media: "print" });
      assert.deepEqual(await tab.evaluate(controls), [], `what can't be used on paper isn't on it: ${where}`);
      if (!page.route) seen.forgive(/404/);
    }
  });
}

async function choose(visit, name, value) {
  await visit.context.addCookies([{ name, value, url: visit.url }]);
}

/** The page as the server gives it, with the visitor's cookies. */
async function sourceOf(visit, where) {
  const answer = await visit.context.request.get(where);
  return { status: answer.status(), text: await answer.text() };
}

async function invalid(text) {
  const { results } = await html.validateString(text);
  return results.flatMap(({ messages }) => messages.map((it) => `${it.line}:${it.column} ${it.ruleId}: ${it.message}`));
}

/** What is folded is looked at, too. */
async function open(tab) {
  await tab.evaluate(() => document.querySelectorAll("main details").forEach((it) => (it.open = true)));
}

async function inaccessible(tab) {
  const { violations } = await new AxeBuilder({ page: tab }).options({ rules: { "target-size": { enabled: true } } }).analyze();
  return violations.map((it) => `${it.id}: ${it.help}: ${it.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ")}`);
}

/** In the page: whether it scrolls sideways, and what sticks out. */
function overflow() {
  const width = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("body *")].filter((it) => it.getBoundingClientRect().right > width + 1);
  const culprits = out.slice(0, 5).map((it) => `${it.tagName.toLowerCase()}${it.id && `#${it.id}`}.${it.className}`);
  return { scrolls: document.documentElement.scrollWidth > width, culprits: culprits.join(" ") };
}

/** In the page: controls that are seen. */
function controls() {
  const all = document.querySelectorAll("button, input:not([type=hidden]), select, textarea, nav a, .skip");
  return [...all].filter((it) => it.checkVisibility?.() ?? it.getClientRects().length > 0).map((it) => it.outerHTML.slice(0, 120));
}
