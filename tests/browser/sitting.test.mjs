// A week's talk of three agencies: they meet, decide, ask each other for something, and sign what they agreed on.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Federation, today } from "./kit/federation.mjs";
import { verbund } from "./kit/program.mjs";
import { prove } from "./kit/sign_in.mjs";
import { Stories } from "./kit/story.mjs";

const AGENCIES = ["kod", "dhz", "quartiersbuero"];
const NAMES = { kod: "Kommunaler Ordnungsdienst", dhz: "Drogenhilfezentrum", quartiersbuero: "Quartiersbüro" };
const NOTE = "Mehr Spritzen als an anderen Tagen.";
const FINDING = "Rund um den Spielplatz ist es ruhig geblieben.";
const PROPOSAL = "Die Reinigung kommt künftig am frühen Morgen.";
const TASK = "Reinigung am Morgen mit dem Betriebshof abstimmen";

const stories = new Stories("sitting", async () => (await Federation.founded(AGENCIES)).start(...AGENCIES));

/** Where the meeting, its protocol and the task are, once they are there. */
const at = {};

/** One coordinator of each agency. */
async function coordinators(as) {
  return Object.fromEntries(await Promise.all(AGENCIES.map(async (id) => [id, await as(id, "coordinator")])));
}

stories.test("a briefing is planned, held and closed by three agencies", async ({ federation, as, t }) => {
  await federation.agency("kod").publish({ note: NOTE, category: "konsumabfall", place: "albrechtplatz", measure: "m3" });
  const visits = await coordinators(as);
  const chair = await visits.kod.page("/besprechung/neu");
  await chair.getByLabel("Art der Besprechung").selectOption({ label: "Lagebesprechung" });
  await chair.getByLabel("Tag", { exact: true }).fill(today());
  await chair.getByLabel("Beginn").fill("23:30");
  for (const id of ["dhz", "quartiersbuero"]) await chair.getByRole("checkbox", { name: NAMES[id] }).check();
  await chair.getByLabel("Vertretung des Vorsitzes").selectOption({ label: NAMES.quartiersbuero });
  await chair.getByLabel("Punkt 1").fill("Lage am Spielplatz");
  await chair.getByLabel("Maßnahme").first().selectOption("m3");
  await chair.getByRole("button", { name: "Einladen" }).click();
  await chair.getByText("Die Besprechung ist geplant").waitFor();
  at.meeting = new URL(chair.url()).pathname;

  const others = {};
  for (const id of ["dhz", "quartiersbuero"]) {
    others[id] = await visits[id].page("/besprechung");
    await others[id].getByRole("link", { name: "Lagebesprechung" }).first().click();
    await others[id].getByRole("button", { name: "Wir kommen", exact: true }).click();
    await others[id].getByText("Ihre Antwort: kommt").waitFor();
  }
  for (const id of ["dhz", "quartiersbuero"]) await chair.locator(`#who-${id}`).getByText("kommt", { exact: true }).waitFor();
  await chair.getByRole("button", { name: "Jetzt beginnen" }).click();
  await chair.locator("#head").getByText("läuft", { exact: true }).waitFor();

  // The same page at all three, live.
  const [dhz, quarter] = [others.dhz, others.quartiersbuero];
  await dhz.goto(at.meeting);
  await quarter.goto(at.meeting);
  await chair.getByRole("button", { name: "Zu Punkt 1 vorlegen" }).first().click();
  for (const page of [chair, dhz, quarter]) await page.locator("#item-1-pins").getByText(NOTE).waitFor();

  const found = Date.now();
  await dhz.getByLabel("Zu Punkt 1 festhalten").fill(FINDING);
  await dhz.getByRole("button", { name: "Als Feststellung notieren" }).click();
  await quarter.locator("#item-1-findings").getByText(FINDING).waitFor();
  t.diagnostic(`a finding was at the third agency within ${Date.now() - found} ms of beginning to type`);
  await quarter.getByLabel("Zu Punkt 1 festhalten").fill(PROPOSAL);
  await quarter.getByRole("button", { name: "Als Beschluss vorschlagen" }).click();
  await chair.locator("#item-1-proposals").getByText(PROPOSAL).first().waitFor();
  await chair.getByRole("button", { name: "Beschließen", exact: true }).click();
  for (const page of [dhz, quarter]) await page.locator("#item-1-decisions").getByText(PROPOSAL).waitFor();

  // On the wall, in large type and without a control.
  const wall = await visits.dhz.page(`${at.meeting}/leinwand`);
  await wall.getByText(PROPOSAL).first().waitFor();
  assert.equal(await wall.locator("main form").count(), 0);

  await chair.getByText("Besprechung beenden").first().click();
  await chair.getByLabel("Alles ist festgehalten").check();
  await chair.getByRole("button", { name: "Beenden und Protokoll entwerfen" }).click();
  await chair.getByText("Die Besprechung ist beendet.").first().waitFor();
});

stories.test("the decision becomes a task, which another agency accepts", async ({ as }) => {
  const visits = await coordinators(as);
  const chair = await visits.kod.page(at.meeting);
  await chair.getByRole("link", { name: "Aufgabe daraus machen" }).click();
  await chair.getByLabel("Titel").fill(TASK);
  await chair.getByLabel("Kategorie").selectOption({ label: "Müll, Reinigung" });
  await chair.getByLabel("Maßnahme").selectOption("m3");
  await chair.getByLabel("Anfrage an").selectOption({ label: NAMES.quartiersbuero });
  await chair.getByRole("button", { name: "Anfragen", exact: true }).click();
  await chair.getByText("Die Stelle ist gebeten.").waitFor();
  at.task = new URL(chair.url()).pathname;

  const asked = await visits.quartiersbuero.page("/aufgaben");
  await asked.getByRole("link", { name: TASK }).first().click();
  await asked.getByRole("button", { name: "Annehmen", exact: true }).click();
  await asked.getByText("Die Aufgabe ist angenommen.").waitFor();
  // The one who asked sees it without a hand.
  await chair.locator("#task").getByText("angenommen").first().waitFor();
});

stories.test("the protocol is circulated, signed off by all, and fetched as PDF", async ({ federation, as }) => {
  const visits = await coordinators(as);
  const chair = await visits.kod.page(at.meeting);
  await chair.getByRole("link", { name: "Zum Protokoll dieser Besprechung" }).click();
  at.protocol = new URL(chair.url()).pathname;
  await chair.getByText(PROPOSAL).first().waitFor();
  await takeStep(chair, "In Umlauf geben");
  await chair.getByText("Das Protokoll ist im Umlauf.").waitFor();

  // Whoever signed in long ago proves again who they are, before the word counts.
  await federation.agency("dhz").application.stop();
  await federation.agency("dhz").startApplication({ ahead: "11m" });
  for (const id of AGENCIES) {
    const page = await visits[id].page(at.protocol);
    await page.getByRole("link", { name: "Zeichnen", exact: true }).click();
    await page.waitForURL((url) => url.pathname !== at.protocol);
    const asksForProof = new URL(page.url()).pathname === "/nachweis";
    assert.equal(asksForProof, id === "dhz", `${id} is asked for a proof`);
    if (asksForProof) await prove(page);
    await confirmStep(page, "Zeichnen");
    await page.getByText("Ihre Stelle hat gezeichnet.").waitFor();
  }
  await chair.getByText("3 von 3 gezeichnet").waitFor();
  await takeStep(chair, "Freigeben");
  await chair.getByText("Das Protokoll ist freigegeben.").waitFor();

  const link = await chair.getByRole("link", { name: "PDF" }).getAttribute("href");
  const answer = await visits.kod.context.request.get(link);
  assert.equal(answer.headers()["content-type"], "application/pdf");
  assert.match(answer.headers()["content-disposition"], /attachment/);
  const pdf = await answer.body();
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.ok(pdf.length > 10_000, "it has its fonts and text");

  // What the others have is the same, and provable without any of this.
  const file = federation.agency("dhz").file("protocol.json");
  const json = await visits.dhz.context.request.get(`${at.protocol}/datei/json`);
  await writeFile(file, await json.body());
  const verified = await verbund(["verify", file, "--charter", federation.agency("dhz").file("charter.toml")]);
  assert.match(verified, /freigegeben|gezeichnet/);
});

/** Takes a step on a protocol: from its page to the step's own. */
async function takeStep(page, step) {
  await page.getByRole("link", { name: step, exact: true }).click();
  await confirmStep(page, step);
}

/** On a step's own page, which says what it means: takes it by its button. */
async function confirmStep(page, step) {
  await page.getByRole("heading", { level: 1, name: step }).waitFor();
  await page.getByRole("button", { name: step }).click();
  await page.waitForURL((url) => !url.pathname.includes("/schritt/"));
}
