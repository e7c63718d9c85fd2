// What another site, a missing role or a missing cookie must not bring about.

import assert from "node:assert/strict";
import http from "node:http";
import { Federation } from "./kit/federation.mjs";
import { Stories } from "./kit/story.mjs";
import { PLAIN_PAGES, pathOf, rolesFor } from "./pages.mjs";

const stories = new Stories("security", async () => (await Federation.founded(["kod", "dhz"])).start("kod"));

/** A site of somebody else's that serves one page. */
async function foreignSite(body) {
  const server = http.createServer((_, answer) => answer.setHeader("content-type", "text/html").end(body));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { url: `http://localhost:${port}`, end: () => new Promise((resolve) => server.close(resolve)) };
}

stories.test("a form of another site changes nothing", async ({ federation, as }) => {
  const target = federation.agency("kod").url;
  const site = await foreignSite(
    `<!doctype html><title>x</title><form method="post" action="${target}/abmelden"><button>Gewinnen</button></form>`,
  );
  try {
    const visit = await as("kod", "coordinator");
    visit.allow(site.url);
    const page = await visit.page(site.url);
    const answered = page.waitForResponse((it) => it.url().startsWith(target));
    await page.getByRole("button", { name: "Gewinnen" }).click();
    assert.equal((await answered).status(), 403);
    // Still signed in.
    const after = await visit.page("/feed");
    await after.getByRole("heading", { level: 1, name: "Feed" }).waitFor();
    visit.forgive(/403/);
  } finally {
    await site.end();
  }
});

stories.test("no page can be framed", async ({ federation, as }) => {
  const target = federation.agency("kod").url;
  const site = await foreignSite(`<!doctype html><title>x</title><iframe src="${target}/feed"></iframe>`);
  try {
    const visit = await as("kod", "coordinator");
    visit.allow(site.url);
    const page = await visit.page();
    const refusal = page.waitForEvent("console", (it) => /frame-ancestors|X-Frame-Options/i.test(it.text()));
    await page.goto(site.url);
    await refusal;
    const framed = page.frames().find((it) => it !== page.mainFrame());
    assert.equal(await framed.getByRole("heading").count(), 0);
    visit.forgive(/frame-ancestors|X-Frame-Options/i);
  } finally {
    await site.end();
  }
});

stories.test("nobody who is not signed in sees a page", async ({ visit }) => {
  const seen = await visit("kod");
  const page = await seen.page();
  for (const it of PLAIN_PAGES.filter((it) => rolesFor(it))) {
    await page.goto(pathOf(it));
    assert.equal(new URL(page.url()).pathname, "/anmelden", it.route);
  }
});

stories.test("a reader finds nothing to send", async ({ as }) => {
  const visit = await as("kod", "reader");
  const page = await visit.page();
  for (const it of PLAIN_PAGES.filter((it) => rolesFor(it))) {
    await page.goto(pathOf(it));
    // What is a person's own: the account, the proof of who they are, the address of their calendar.
    const own = /^\/(konto|nachweis|besprechung\/kalender$)/.test(it.route);
    const forms = page.locator('main form[method="post"]');
    if (!own) assert.equal(await forms.count(), 0, `${it.route} has a form for a reader`);
    await visit.forgive(/403/);
  }
});

stories.test("an operator who is nothing else sees no content", async ({ federation, as }) => {
  const note = "Platz am Morgen gereinigt, wenig Glas.";
  await federation.agency("kod").publish({ note });
  const visit = await as("kod", "operator");
  const page = await visit.page();
  for (const it of PLAIN_PAGES) {
    await page.goto(pathOf(it));
    assert.ok(!(await page.content()).includes(note), it.route);
  }
  visit.forgive(/403/);
});

stories.test("cookies can't be read by scripts, and every answer carries the policy", async ({ as }) => {
  const visit = await as("kod", "coordinator");
  const page = await visit.page();
  const answer = await page.goto("/feed");
  const policy = answer.headers()["content-security-policy"];
  for (const word of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(policy.includes(word), word);
  assert.ok(!policy.includes("unsafe"), policy);
  assert.equal(await page.evaluate(() => document.cookie), "");
  for (const cookie of await visit.context.cookies()) {
    assert.ok(cookie.httpOnly && cookie.sameSite === "Lax", cookie.name);
  }
});
