// A browser as a visitor uses it, and all that must never happen in it: an error in a script, a breach of the page's policy,
// a request to anybody else.

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { chromiumPath, kept, require } from "./place.mjs";
import { PATIENCE_MS } from "./wait.mjs";

const { chromium } = require("playwright-core");


export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

export async function launch() {
  return chromium.launch({
    executablePath: chromiumPath(),
    chromiumSandbox: false,
    args: [
      // Fields for dates are in the language of the browser, which is that of the people.
      "--lang=de-DE",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Somebody's browser at one application. Its pages may talk to nobody else. */
export class Visit {
  #faults = [];
  #allowed = [];

  static async begin(browser, url, options = {}) {
    const visit = new Visit();
    visit.url = url;
    visit.context = await browser.newContext({ baseURL: url, locale: "de-DE", ...DESKTOP, ...options });
    visit.context.setDefaultTimeout(PATIENCE_MS);
    visit.context.on("request", (request) => visit.#look(request));
    visit.context.on("weberror", (error) => visit.#faults.push(`error in a script: ${error.error()}`));
    visit.context.on("console", (message) => {
      const isTrouble = ["error", "warning"].includes(message.type());
      if (isTrouble && !visit.#isForeign(message.page()?.url())) visit.#faults.push(`console: ${message.text()}`);
    });
    return visit;
  }

  #look(request) {
    const { origin, protocol } = new URL(request.url());
    const isOwn = origin === this.url || ["blob:", "data:", "about:"].includes(protocol);
    const isAsked = this.#allowed.includes(origin) || (!request.isNavigationRequest() && this.#isForeign(request.frame().url()));
    if (!isOwn && !isAsked) this.#faults.push(`request to ${request.url()}`);
  }

  /** Whether a page is one of another address that is part of the story: what it does is not ours. */
  #isForeign(url) {
    return Boolean(url) && URL.canParse(url) && this.#allowed.includes(new URL(url).origin);
  }

  /** Says that pages of another address are part of this story. */
  allow(origin) {
    this.#allowed.push(origin);
  }

  /** Takes out what a test provoked on purpose; how many there were. */
  forgive(pattern) {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((it) => !pattern.test(it));
    return before - this.#faults.length;
  }

  get faults() {
    return [...this.#faults];
  }

  async page(where) {
    const page = await this.context.newPage();
    if (where) await page.goto(where);
    return page;
  }

  /** Keeps what the open pages look like. */
  async keep(name) {
    await mkdir(kept, { recursive: true });
    for (const [index, page] of this.context.pages().entries()) {
      const file = path.join(kept, `${name}-${index}`);
      await page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => {});
      await writeFile(`${file}.html`, await page.content().catch(() => "")).catch(() => {});
    }
  }

  async end() {
    await this.context.close();
  }
}
