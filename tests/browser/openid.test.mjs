// Signing in at a real OpenID Connect provider: what the application, the provider and a browser's cookies make of it together.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Federation } from "./kit/federation.mjs";
import { provideFor } from "./kit/provider.mjs";

/** Redirects that a way to the provider and back may have. */
const REDIRECTS_MAX = 12;

let federation, provider, app;

before(async () => {
  federation = await Federation.founded(["kod"]);
  const kod = federation.agency("kod");
  app = await kod.publicUrl();
  provider = await provideFor(kod);
  await kod.startApplication();
});

after(async () => {
  provider?.end();
  await federation?.end();
});

/** A browser as far as this needs one: cookies for each address, and redirects. */
class Visitor {
  #cookies = new Map();

  async ask(url, options = {}) {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? this.#cookies.set(host, new Map()).get(host);
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const headers = { "accept-language": "de", ...options.headers, cookie };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(set)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Asks, and goes on to where it is sent; the page that it ends at. */
  async go(url, options) {
    let answer = await this.ask(url, options);
    for (let count = 0; answer.status >= 300 && answer.status < 400; count++) {
      assert.ok(count < REDIRECTS_MAX, `no end of redirects at ${url}`);
      url = new URL(answer.headers.get("location"), url).href;
      answer = await this.ask(url);
    }
    return { url, status: answer.status, text: await answer.text() };
  }

  async send(url, fields) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return this.go(url, { method: "POST", headers, body: new URLSearchParams(fields) });
  }

  /** Fills the provider's forms, and comes back. */
  async signInThere(page, login) {
    while (page.url.includes("/interaction/")) {
      const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.text);
      const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page.text);
      page = await this.send(new URL(action, page.url).href, { prompt, login, password: "any" });
    }
    return page;
  }

  async signIn(login, path = "/konto") {
    return this.signInThere(await this.go(`${app}/anmelden/oidc?then=${path}`), login);
  }

  /** Another browser with the same session here, which the provider does not know. */
  elsewhere() {
    const other = new Visitor();
    const { host } = new URL(app);
    other.#cookies.set(host, new Map(this.#cookies.get(host)));
    return other;
  }
}

test("groups give roles, and the account is the subject's", async () => {
  const visitor = new Visitor();
  const page = await visitor.signIn("koordination");
  assert.equal(page.url, `${app}/konto`);
  assert.match(page.text, /Koordination/);
  assert.equal((await visitor.go(`${app}/konten`)).status, 403);
  const operator = new Visitor();
  const accounts = await operator.signIn("betrieb", "/konten");
  assert.equal(accounts.status, 200);
  assert.match(accounts.text, />koordination</);
});

test("nobody gets in without a group that has a role", async () => {
  const visitor = new Visitor();
  const page = await visitor.signIn("fremd");
  assert.equal(page.status, 403);
  assert.match(page.text, /keine Ihrer Gruppen hat hier eine Rolle/);
  assert.match((await visitor.go(`${app}/konto`)).url, /\/anmelden\?then=/);
});

test("a proof is asked for anew, and of the same person", async () => {
  const visitor = new Visitor();
  await visitor.signIn("koordination");
  const way = await visitor.ask(`${app}/anmelden/oidc?nachweis&then=/konto`);
  const asked = new URL(way.headers.get("location")).searchParams;
  assert.equal(asked.get("prompt"), "login");
  assert.equal(asked.get("max_age"), "0");
  const there = await visitor.go(`${app}/anmelden/oidc?nachweis&then=/konto`);
  assert.match(there.url, /\/interaction\//, "who is signed in there is asked again");
  assert.equal((await visitor.signInThere(there, "koordination")).url, `${app}/konto`);
  const other = visitor.elsewhere();
  const page = await other.signInThere(await other.go(`${app}/anmelden/oidc?nachweis&then=/konto`), "betrieb");
  assert.equal(page.status, 403);
  assert.match(page.text, /jemand anderes/);
});

test("an answer counts once, in the browser that asked", async () => {
  const visitor = new Visitor();
  const begun = await visitor.ask(`${app}/anmelden/oidc`);
  const { searchParams: asked } = new URL(begun.headers.get("location"));
  assert.equal(asked.get("code_challenge_method"), "S256");
  const answer = (more) => `${app}/anmelden/oidc/antwort?state=${asked.get("state")}&${more}`;
  const stranger = await new Visitor().go(answer("code=a"));
  assert.equal(stranger.status, 400);
  assert.match(stranger.text, /nicht in diesem Browser begonnen/);
  const wrong = await visitor.go(answer("code=a"));
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /ließ sich nicht prüfen/);
  assert.match((await visitor.go(answer("code=a"))).text, /nicht in diesem Browser begonnen/, "the ticket is spent");
  const refused = new Visitor();
  const state = new URL((await refused.ask(`${app}/anmelden/oidc`)).headers.get("location")).searchParams.get("state");
  const page = await refused.go(`${app}/anmelden/oidc/antwort?error=access_denied&state=${state}`);
  assert.equal(page.status, 403);
});

test("signing out leads on to the provider", async () => {
  const visitor = new Visitor();
  const account = await visitor.signIn("koordination");
  const [, token] = /data-form-token="([^"]+)"/.exec(account.text);
  const page = await visitor.send(`${app}/abmelden`, { "form-token": token });
  assert.match(page.text, /Auch bei Stadt-Anmeldung abmelden/);
  const [, address] = /href="(http:[^"]+)"/.exec(page.text);
  const there = await visitor.go(address.replaceAll("&#38;", "&"));
  assert.equal(there.status, 200);
  assert.match((await visitor.go(`${app}/konto`)).url, /\/anmelden\?then=/);
});
