// Updates from the one who writes to the one who reads: on a phone, by keyboard alone, without script, past the guard, and with
// a second person's word.

import assert from "node:assert/strict";
import { PHONE } from "./kit/browser.mjs";
import { Federation } from "./kit/federation.mjs";
import { Keyboard } from "./kit/keyboard.mjs";
import { Stories } from "./kit/story.mjs";
import { choose, writeUpdate } from "./kit/update.mjs";

const stories = new Stories("updates", async () => {
  const federation = await (await Federation.founded(["kod", "dhz"])).start("kod", "dhz");
  // Which measure goes with a category is learnt from what was told before.
  const before = ["sauberkeit", "infrastruktur", "quartier"];
  await federation.agency("kod").publish(...before.map((category) => ({ category })));
  return federation;
});

/** An agency's feed in a browser that stays open. */
async function openFeed(visit) {
  const page = await visit.page("/feed");
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

const NO_SCRIPT = { javaScriptEnabled: false };

stories.test("an update typed at KOD on a phone appears in the open feed of the DHZ", async ({ as, t }) => {
  const feed = await openFeed(await as("dhz", "reader"));
  const phone = await (await as("kod", "contributor", PHONE)).page();
  const note = "Platz gereinigt, nur wenig Glas.";
  const seen = feed.getByText(note, { exact: true }).first().waitFor().then(() => Date.now());
  const sent = await writeUpdate(phone, { note });
  t.diagnostic(`shown ${(await seen) - sent} ms after the tap`);
  // Both see that it arrived; nobody had to load anything anew.
  await phone.goto("/feed");
  await phone.getByText(note, { exact: true }).first().waitFor();
  const card = phone.getByRole("article").filter({ hasText: note });
  await card.getByText("Drogenhilfezentrum").first().waitFor();
});

stories.test("on the phone every choice is a target for a thumb", async ({ as }) => {
  const phone = await (await as("kod", "contributor", PHONE)).page("/meldung/neu");
  const small = await phone.locator("main label:has(input[type=radio]), main button, main summary").evaluateAll((all) =>
    all
      .filter((it) => it.checkVisibility())
      .map((it) => ({ text: it.innerText, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 44)
      .map(({ text, box }) => `${text}: ${Math.round(box.height)} px`),
  );
  assert.deepEqual(small, []);
});

stories.test("the guard speaks beside the text while it is typed, and nothing typed is lost", async ({ as }) => {
  const visit = await as("kod", "contributor");
  const page = await visit.page("/meldung/neu");
  const bad = "Bitte bei max.mustermann@example.org melden.";
  await choose(page, "Ort", "Lutherplatz");
  await choose(page, "Kategorie", "Müll, Reinigung");
  await choose(page, "Entwicklung", "steigend");
  const note = page.getByLabel("Notiz", { exact: true });
  await note.pressSequentially(bad);
  await page.getByText("So kann der Text nicht gesendet werden.").first().waitFor();
  await page.getByText("Kontakt oder Kennung").first().waitFor();

  await page.getByRole("button", { name: "Senden", exact: true }).click();
  await page.getByText("So kann der Text nicht gesendet werden.").first().waitFor();
  assert.equal(await note.inputValue(), bad);
  assert.ok(await page.getByRole("group", { name: "Ort" }).getByRole("radio", { name: "Lutherplatz" }).first().isChecked());

  await note.fill("Mehr Glas als sonst, Reinigung erbeten.");
  await page.getByText("Der Wächter findet nichts").first().waitFor();
  await page.getByRole("button", { name: "Senden", exact: true }).click();
  await page.getByText("Die Meldung ist gesendet.").waitFor();
  visit.forgive(/422/);
});

stories.test("the keyboard alone suffices: written, read, acknowledged", async ({ as }) => {
  const note = "Beleuchtung am Durchgang ausgefallen.";
  const page = await (await as("kod", "contributor")).page("/");
  const keyboard = new Keyboard(page);
  await keyboard.press(page.getByRole("link", { name: "Neue Meldung" }));
  await page.waitForURL("**/meldung/neu");
  const group = (name) => page.getByRole("group", { name });
  await keyboard.choose(group("Ort"), "Theaterplatz");
  await keyboard.choose(group("Kategorie"), "Beleuchtung");
  await keyboard.choose(group("Entwicklung"), "gleichbleibend");
  await keyboard.type(page.getByLabel("Notiz", { exact: true }), note);
  await keyboard.press(page.getByRole("button", { name: "Senden", exact: true }));
  await page.getByText("Die Meldung ist gesendet.").waitFor();

  const reader = await (await as("dhz", "coordinator")).page("/");
  const hands = new Keyboard(reader);
  // Past the navigation: the first stop leads to the content.
  await reader.keyboard.press("Tab");
  assert.equal(await reader.evaluate(() => document.activeElement.getAttribute("href")), "#main");
  await hands.press(reader.getByRole("link", { name: "Feed", exact: true }));
  const card = reader.getByRole("article").filter({ hasText: note });
  await card.waitFor();
  await hands.press(card.getByRole("button", { name: "Zur Kenntnis nehmen" }));
  await reader.getByText("Zur Kenntnis genommen.").first().waitFor();
});

stories.test("without script: written, checked, read, acknowledged", async ({ as }) => {
  const note = "Absperrung an der Baustelle erneuert.";
  const sender = await as("kod", "contributor", NO_SCRIPT);
  const page = await sender.page("/meldung/neu");
  // What is missing is said, with all that was typed.
  await page.getByLabel("Notiz", { exact: true }).fill(note);
  await page.getByRole("button", { name: "Senden", exact: true }).click();
  await page.getByText("Bitte berichtigen Sie:").waitFor();
  assert.equal(await page.getByLabel("Notiz", { exact: true }).inputValue(), note);
  sender.forgive(/422/);
  await writeUpdate(page, { note, category: "Beleuchtung, Absperrung" });

  const reader = await as("dhz", "coordinator", NO_SCRIPT);
  const feed = await reader.page("/feed");
  const card = feed.getByRole("article").filter({ hasText: note });
  await card.getByRole("button", { name: "Zur Kenntnis nehmen" }).click();
  await feed.getByText("Zur Kenntnis genommen.").first().waitFor();
  // Filters are a plain form.
  await feed.goto("/feed?place=theaterplatz");
  assert.ok((await feed.getByRole("article").count()) > 0);
});

stories.test("what is marked CLEAR goes only with a second person's word", async ({ as }) => {
  const note = "Der Platz ist ab heute wieder offen.";
  const feed = await openFeed(await as("dhz", "reader"));
  const first = await (await as("kod", "coordinator", { who: "first" })).page("/meldung/neu");
  await choose(first, "Ort", "Theaterplatz");
  await choose(first, "Kategorie", "Beteiligung");
  await choose(first, "Entwicklung", "sinkend");
  await first.getByText("Weitere Angaben").click();
  await choose(first, "Einstufung", "TLP:CLEAR");
  await first.getByLabel("Notiz", { exact: true }).fill(note);
  await first.getByRole("button", { name: "Senden", exact: true }).click();
  await first.getByText("Die Meldung wartet auf eine zweite Person").first().waitFor();
  await first.goto("/pruefung");
  await first.getByText("Sie haben das selbst abgesendet.").waitFor();
  assert.equal(await first.getByRole("button", { name: "Als zweite Person bestätigen" }).count(), 0);
  assert.equal(await feed.getByText(note).count(), 0);

  const second = await (await as("kod", "coordinator", { who: "second" })).page("/pruefung");
  await second.getByRole("button", { name: "Als zweite Person bestätigen" }).click();
  await second.getByText("Freigegeben und gesendet.").waitFor();
  await feed.getByText(note, { exact: true }).first().waitFor();
});
