// Tasks are moved by whatever hands one has: by keyboard on the board and in the list, and without script.

import assert from "node:assert/strict";
import { Federation, OFFICE } from "./kit/federation.mjs";
import { Keyboard } from "./kit/keyboard.mjs";
import { Stories } from "./kit/story.mjs";

const NO_SCRIPT = { javaScriptEnabled: false };
const stories = new Stories("tasks", async () => (await Federation.founded(["kod", "dhz"])).start("kod"));

/** The DHZ asks KOD for something; the task's id once it stands on KOD's board. */
async function asked(federation, page, title) {
  const terms = ["--title", title, "--measure", "m1", "--category", "infrastruktur", "--assignee", "kod"];
  const [{ receipt }] = await federation.agency("dhz").ask(OFFICE, "task", "create", ...terms);
  const { subject } = receipt.subject;
  await page.locator(`#t-${subject}`).waitFor();
  return subject;
}

stories.test("the keyboard alone moves a task on the board and in the list", async ({ federation, as }) => {
  const page = await (await as("kod", "coordinator")).page("/aufgaben");
  const task = await asked(federation, page, "Leuchte am Durchgang erneuern");
  const keyboard = new Keyboard(page);
  const card = page.locator(`#t-${task}`);
  const column = (status) => page.locator(`.board-column[data-status="${status}"]`).locator(`#t-${task}`);
  await column("assigned").waitFor();

  // `m` opens what can be done, with the likeliest move first.
  await keyboard.to(card.getByRole("link", { name: "Leuchte am Durchgang erneuern", exact: true }));
  await page.keyboard.press("m");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Annehmen/);
  await page.keyboard.press("Enter");
  await column("accepted").waitFor();
  // The hand stays with the card.
  await page.waitForFunction((id) => document.activeElement.closest(`#${id}`), `t-${task}`);

  await keyboard.press(page.getByRole("link", { name: "Liste", exact: true }));
  await page.waitForURL((url) => url.search.includes("liste"));
  await keyboard.press(card.getByRole("button", { name: "In Arbeit nehmen" }));
  await card.getByText("in Arbeit", { exact: true }).waitFor();
});

stories.test("without script a task is accepted, and a move that came too late is explained", async ({ federation, as }) => {
  const visit = await as("kod", "coordinator", NO_SCRIPT);
  const page = await visit.page("/aufgaben");
  const seen = await (await as("kod", "coordinator")).page("/aufgaben");
  const task = await asked(federation, seen, "Geländer am Aufgang prüfen");
  await page.reload();
  const before = await visit.page("/aufgaben");
  await page.locator(`#t-${task}`).getByRole("button", { name: "Annehmen" }).click();
  await page.locator(`.board-column[data-status="accepted"] #t-${task}`).waitFor();

  // On a page that was opened earlier the same is no longer possible; the page says so in words and shows how it stands.
  await before.locator(`#t-${task}`).getByRole("button", { name: "Annehmen" }).click();
  await before.getByRole("alert").waitFor();
  assert.doesNotMatch(await before.getByRole("alert").innerText(), /[A-Z]{2,}_[A-Z]+/, "no reason of the machine's is shown");
  visit.forgive(/4\d\d/);
});
