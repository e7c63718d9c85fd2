// Tests that share one federation: it is made when the first begins, and ends with the last, whatever happens.

import assert from "node:assert/strict";
import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Visit, launch } from "./browser.mjs";
import { kept } from "./place.mjs";
import { stopAll } from "./program.mjs";
import { signIn } from "./sign_in.mjs";

/** The tests of one file, in their order. `found` makes the federation. */
export class Stories {
  #failed = false;
  #states = new Map();

  constructor(name, found) {
    this.name = name;
    before(async () => {
      this.browser = await launch();
      this.federation = await found();
    });
    after(async () => {
      await this.browser?.close();
      if (this.#failed && this.federation) await keepLogs(this.federation, name);
      await this.federation?.end();
      // Also what a federation started that was never whole.
      await stopAll();
    });
  }

  /** One test. What it opened is closed, and looked at for what must never happen. */
  test(title, run) {
    test(title, async (t) => {
      const scene = new Scene(this, t);
      try {
        await run(scene);
        scene.mustBeClean();
      } catch (error) {
        this.#failed = true;
        await scene.keep(`${this.name} ${title}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80));
        throw error;
      } finally {
        await scene.end();
      }
    });
  }

  /** An account of an agency, signed in once: who it is, and the cookies. */
  async signedIn(agency, roles, who, scene) {
    const key = `${agency} ${roles} ${who}`;
    if (!this.#states.has(key)) {
      const person = await this.federation.agency(agency).addPerson(roles);
      const first = await scene.visit(agency);
      await signIn(await first.page(), person);
      this.#states.set(key, { person, storageState: await first.context.storageState() });
      await first.end();
    }
    return this.#states.get(key);
  }
}

/** What one test opens. */
class Scene {
  #stories;
  #visits = [];

  constructor(stories, t) {
    this.#stories = stories;
    this.t = t;
  }

  get federation() {
    return this.#stories.federation;
  }

  /** Somebody who is not signed in. */
  visit = async (agency, options) => {
    const visit = await Visit.begin(this.#stories.browser, this.federation.agency(agency).url, options);
    this.#visits.push(visit);
    return visit;
  };

  /** Somebody of an agency who is signed in with these roles; `who` tells several with the same roles apart. */
  as = async (agency, roles, { who = "", ...options } = {}) => {
    const { person, storageState } = await this.#stories.signedIn(agency, roles, who, this);
    const visit = await this.visit(agency, { ...options, storageState });
    visit.person = person;
    return visit;
  };

  mustBeClean() {
    for (const visit of this.#visits) assert.deepEqual(visit.faults, [], "nothing of this may happen in a browser");
  }

  async keep(name) {
    for (const [index, visit] of this.#visits.entries()) await visit.keep(`${name}-${index}`);
  }

  async end() {
    await Promise.all(this.#visits.map((it) => it.end()));
  }
}

async function keepLogs(federation, name) {
  for (const agency of federation.agencies) {
    const to = path.join(kept, name, agency.id);
    await mkdir(to, { recursive: true });
    for (const log of ["node.log", "briefing.log"]) await cp(agency.file(log), path.join(to, log)).catch(() => {});
  }
}
