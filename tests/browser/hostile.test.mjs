// What others send is text, whatever it looks like: in each field of each message, and in the names that the charter gives.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Federation, OFFICE, today } from "./kit/federation.mjs";
import { Stories } from "./kit/story.mjs";
import { until } from "./kit/wait.mjs";

/** Each text says where it was typed, closes what it might stand in, and would tell if it ran. */
const hostile = (where) => `Platz ${where} "'><script>mark()</script> <img src=x onerror=mark()> {{7*7}}`;
/** Names of the charter are shorter. */
const named = (name) => `${name} <script>mark()</script>`;

/** All names but those that the guard reads as words of ours stay as they are behind what is added. */
function withHostileNames(vocabulary) {
  return vocabulary.replace(/^name( *)= (.*)$/gm, (line, space, value) => {
    const hostileValue = value.replace(/"((?:[^"\\]|\\.)*)"/g, (_, text) => JSON.stringify(named(text).slice(0, 100)));
    return `name${space}= ${hostileValue}`;
  });
}

const WHERE = {};
/** What only the police have. */
const GENERALISED = [];
const stories = new Stories("hostile", async () => {
  const federation = await Federation.founded(["kod", "dhz", "polizei"], { change: withHostileNames });
  await federation.start("dhz", "polizei");
  await fill(federation);
  await generalise(federation);
  return federation;
});

/** Says something hostile in each field of each message. */
async function fill(federation) {
  const [kod, dhz] = [federation.agency("kod"), federation.agency("dhz")];
  const say = async (agency, ...args) => (await agency.ask(OFFICE, ...args, "--confirm-review"))[0];
  const key = ({ receipt }) => `${receipt.subject.owner}/${receipt.subject.subject}`;

  const [{ subject }] = await kod.publishAs(OFFICE, { note: hostile("note"), confirm_review: true });
  WHERE.update = `/meldung/kod/${subject}`;
  const asked = await say(kod, "remark", "ask", "update", `kod/${subject}`, hostile("question"));
  await say(kod, "remark", "answer", "update", `kod/${subject}`, asked.receipt.step, hostile("answer"));

  const terms = ["--title", named("Titel"), "--description", hostile("description"), "--measure", "m1", "--category", "ordnung"];
  const task = key(await say(kod, "task", "create", ...terms, "--assignee", "dhz"));
  WHERE.task = `/aufgaben/${task}`;
  await until("the task", async () => (await dhz.ask(OFFICE, "task", "show", task))[0]);
  await say(dhz, "task", "decline", task, "--reason", "no-capacity", "--note", hostile("reason"));

  const day = ["--day", today(), "--start", "23:30"];
  const agenda = ["--title", named("Treffen"), "--item", named("Punkt")];
  const meeting = key(await say(kod, "meeting", "plan", "--type", "lagebesprechung", "--deputy", "dhz", ...day, ...agenda));
  WHERE.meeting = `/besprechung/${meeting}`;
  await say(kod, "meeting", "briefing", "open", meeting, "--participant", "dhz");
  await say(kod, "meeting", "briefing", "pin", meeting, "1", subject);
  await say(kod, "meeting", "briefing", "find", meeting, "1", hostile("finding"));
  const proposed = await say(kod, "meeting", "briefing", "propose", meeting, "1", hostile("proposal"));
  await say(kod, "meeting", "briefing", "propose-task", meeting, "1", ...terms, "--assignee", "dhz");
  await say(kod, "meeting", "briefing", "decide", meeting, "1", hostile("decision"));
  WHERE.wall = `/besprechung/${meeting}/leinwand`;
  assert.ok(proposed.receipt.step);

  // A second one that is over, for its protocol.
  const past = key(await say(kod, "meeting", "plan", "--type", "abstimmung", "--deputy", "dhz", ...day, ...agenda));
  await say(kod, "meeting", "briefing", "open", past, "--participant", "dhz");
  const decided = await say(kod, "meeting", "briefing", "decide", past, "1", hostile("decision"));
  await say(kod, "meeting", "briefing", "dissent", past, decided.receipt.step, hostile("dissent"));
  await say(kod, "meeting", "briefing", "close", past);
  WHERE.past = `/besprechung/${past}`;
  const protocol = await latestProtocol(kod);
  const form = kod.file("protocol.toml");
  const text = (where) => JSON.stringify(hostile(where));
  await writeFile(
    form,
    `title = ${JSON.stringify(named("Protokoll"))}
[[item]]
number = 1
title = ${JSON.stringify(named("Punkt"))}
affairs = ${text("affairs")}
[[item.assessment]]
agency = "kod"
text = ${text("assessment")}
[[item.decision]]
text = ${text("decision")}
`,
  );
  await say(kod, "protocol", "revise", protocol, form);
  await say(kod, "protocol", "circulate", protocol);
  WHERE.protocol = `/protokolle/${protocol}`;
  const revision = await circulated(dhz, protocol);
  await say(dhz, "protocol", "propose", protocol, ...revision, "--item", "1", "--part", "affairs", hostile("amendment"));
  await say(dhz, "protocol", "object", protocol, hostile("objection"), ...revision);

  // A third one, whose protocol all have signed off and a fourth has approved: from then on it is only corrected.
  const hold = async (...end) => {
    const made = key(await say(kod, "meeting", "plan", "--type", "abstimmung", "--deputy", "dhz", ...day, ...agenda));
    await say(kod, "meeting", "briefing", "open", made, "--participant", "dhz");
    for (const step of end) await say(kod, "meeting", "briefing", step, made);
    return made;
  };
  await hold("close");
  const approved = await latestProtocol(kod);
  await say(kod, "protocol", "circulate", approved);
  const final = await circulated(dhz, approved);
  for (const agency of [dhz, kod]) await say(agency, "protocol", "sign-off", approved, ...final);
  await until("both have signed", async () => (await say(kod, "protocol", "release", approved)) !== undefined);
  await say(kod, "protocol", "approve", approved, await hold());
  await say(kod, "protocol", "correct", approved, hostile("correction"));
  WHERE.approved = `/protokolle/${approved}`;
  await until("the correction", async () => (await dhz.ask(OFFICE, "protocol", "show", approved))[0].protocol.corrections.length === 1);
}

/** What a protected agency tells the police a day later, with a note of its own: another entry, and another text. */
async function generalise(federation) {
  const [dhz, polizei] = [federation.agency("dhz"), federation.agency("polizei")];
  const told = { note: hostile("full"), generalised_note: hostile("generalised"), confirm_review: true };
  await dhz.publishAs(OFFICE, told);
  await dhz.node.stop();
  await dhz.startNode({ ahead: "25h" });
  const special = await until("the generalised form", async () => {
    const events = await polizei.ask(OFFICE, "feed", "--agency", "dhz");
    return events.find((it) => it.situation?.observation?.generalised);
  });
  GENERALISED.push(`/meldung/dhz/${special.situation.subject}`);
}

async function latestProtocol(agency) {
  const [{ protocol }] = await agency.ask(OFFICE, "protocol", "list");
  return `${protocol.key.owner}/${protocol.key.subject}`;
}

/** The revision that circulates, for the command that speaks on it. */
async function circulated(agency, protocol) {
  const revision = await until("the circulated revision", async () => {
    const [seen] = await agency.ask(OFFICE, "protocol", "show", protocol);
    return seen.protocol.circulated;
  });
  return ["--revision", revision];
}

const LISTS = ["/", "/feed", "/meldung/neu", "/lage", "/besprechung", "/protokolle", "/aufgaben", "/aufgaben?ansicht=liste", "/aufgaben/neu", "/konzept", "/konzept/m1", "/bericht", "/betrieb"];

stories.test("a stored script stays text wherever it is shown", async ({ as }) => {
  const shown = new Set();
  await look(await as("dhz", "coordinator,operator"), [...LISTS, ...Object.values(WHERE)], shown);
  const all = ["note", "question", "answer", "description", "reason", "finding", "proposal", "decision", "dissent"];
  all.push("affairs", "assessment", "amendment", "objection", "correction", "full");
  assert.deepEqual(all.filter((it) => !shown.has(it)), [], "each of them is shown somewhere, as it was typed");
});

stories.test("so does what a protected agency tells in general words", async ({ as }) => {
  const shown = new Set();
  await look(await as("polizei", "coordinator,operator"), ["/", "/feed", "/lage", ...GENERALISED], shown);
  assert.ok(shown.has("generalised"), "the note is shown as it was typed");
  assert.ok(!shown.has("full"), "and the other one is not there at all");
});

/** Looks at pages: nothing that was typed is anything but text. Adds the fields whose text is shown. */
async function look(visit, pages, shown) {
  const page = await visit.page();
  await page.addInitScript(() => {
    globalThis.ran = 0;
    globalThis.mark = () => (globalThis.ran += 1);
  });
  for (const where of pages) {
    await page.goto(where);
    await page.evaluate(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
    const found = await page.evaluate(() => ({
      ran: globalThis.ran,
      strangers: document.querySelectorAll("script:not([src]), img:not([src^='/assets/']), [onerror], [onload]").length,
      text: document.body.innerText,
    }));
    assert.equal(found.ran, 0, `${where} runs what was typed`);
    assert.equal(found.strangers, 0, `${where} has elements that were typed`);
    assert.ok(!/&(lt|gt|amp|quot|#\w+);/.test(found.text), `${where} escapes twice`);
    for (const [, field] of found.text.matchAll(/Platz (\w+) "'><script>mark\(\)<\/script> <img src=x onerror=mark\(\)> \{\{7\*7\}\}/g)) shown.add(field);
  }
}
