// An open page stays as it is at the node, also after the way to it was broken.

import assert from "node:assert/strict";
import { Federation, OFFICE } from "./kit/federation.mjs";
import { Proxy } from "./kit/proxy.mjs";
import { Stories } from "./kit/story.mjs";
import { PATIENCE_MS } from "./kit/wait.mjs";

const stories = new Stories("live", async () => (await Federation.founded(["kod", "dhz"])).start("dhz"));

/** What each update of a burst says; case-free, and told apart by its figure. */
const note = (number) => `Platz gereinigt, Runde ${number}.`;
const burst = (from, count) => Array.from({ length: count }, (_, index) => ({ note: note(from + index) }));

/** A mark that a reload of the page would wipe out. */
const mark = (page) => page.evaluate(() => (globalThis.notReloaded = true));
const isMarked = (page) => page.evaluate(() => globalThis.notReloaded === true);

async function shows(page, numbers) {
  for (const number of numbers) {
    await page.getByText(note(number), { exact: true }).first().waitFor({ timeout: PATIENCE_MS });
  }
}

stories.test("what came while the line was cut is there when it is mended", async ({ federation, as }) => {
  const [kod, dhz] = [federation.agency("kod"), federation.agency("dhz")];
  const proxy = await Proxy.to(dhz.url);
  try {
    const visit = await as("dhz", "reader");
    visit.allow(proxy.url);
    const page = await visit.page(`${proxy.url}/feed`);
    await page.getByText("Live", { exact: true }).waitFor();
    await mark(page);

    await kod.publish(...burst(1, 3));
    await shows(page, [1, 2, 3]);

    proxy.cut();
    await page.getByText("Verbindung unterbrochen.").waitFor();
    await kod.publish(...burst(4, 5));
    proxy.mend();
    await shows(page, [1, 2, 3, 4, 5, 6, 7, 8]);
    await page.getByText("Live", { exact: true }).waitFor();

    // While entries come, again and again.
    const coming = kod.publish(...burst(9, 20));
    proxy.cut();
    proxy.mend();
    await coming;
    await shows(page, Array.from({ length: 28 }, (_, index) => index + 1));
    assert.ok(await isMarked(page), "the page was not loaded anew");
    visit.forgive(/ERR_|Failed to load resource/);
  } finally {
    await proxy.end();
  }
});

stories.test("the application may be killed and started again under an open page", async ({ federation, as }) => {
  const [kod, dhz] = [federation.agency("kod"), federation.agency("dhz")];
  const visit = await as("dhz", "reader");
  const page = await visit.page("/feed");
  await page.getByText("Live", { exact: true }).waitFor();
  await mark(page);
  await dhz.application.stop("SIGKILL");
  await page.getByText("Verbindung unterbrochen.").waitFor();
  await kod.publish(...burst(101, 3));
  await dhz.startApplication();
  await shows(page, [101, 102, 103]);
  assert.ok(await isMarked(page), "the page was not loaded anew");
  visit.forgive(/ERR_|Failed to load resource/);
});

stories.test("the node may be killed and started again under an open page", async ({ federation, as }) => {
  const [kod, dhz] = [federation.agency("kod"), federation.agency("dhz")];
  const visit = await as("dhz", "reader");
  const page = await visit.page("/feed");
  await page.getByText("Live", { exact: true }).waitFor();
  await mark(page);
  await dhz.node.stop("SIGKILL");
  await page.getByText("Der eigene Knoten antwortet nicht.").waitFor();
  await kod.publish(...burst(201, 3));
  await dhz.startNode();
  await shows(page, [201, 202, 203]);
  await page.getByText("Live", { exact: true }).waitFor();
  assert.ok(await isMarked(page), "the page was not loaded anew");
  visit.forgive(/ERR_|Failed to load resource/);
});

stories.test("questions and answers on an update appear under an open page, and what is being typed stays", async ({ federation, as }) => {
  const [kod, dhz] = [federation.agency("kod"), federation.agency("dhz")];
  const [{ subject }] = await kod.publish({ note: note(301) });
  const update = `kod/${subject}`;
  const visit = await as("dhz", "coordinator");
  const page = await visit.page("/feed");
  await shows(page, [301]);
  await page.goto(`/meldung/${update}`);
  await page.getByText("Live", { exact: true }).waitFor();
  await mark(page);
  await page.getByText("Etwas fragen", { exact: true }).click();
  const typed = page.locator("#frage textarea");
  await typed.fill("Seit wann?");

  const said = page.locator("#gespraech");
  const [question] = await kod.ask(OFFICE, "remark", "ask", "update", update, "Wer reinigt dort?");
  await said.getByText("Wer reinigt dort?").waitFor();
  assert.equal(await said.getByText("Noch keine Rückfrage.").count(), 0);
  await dhz.ask(OFFICE, "remark", "answer", "update", update, question.receipt.step, "Die Stadtreinigung.");
  await said.getByText("Die Stadtreinigung.").waitFor();
  assert.equal(await typed.inputValue(), "Seit wann?");
  assert.ok(await isMarked(page), "the page was not loaded anew");
});
