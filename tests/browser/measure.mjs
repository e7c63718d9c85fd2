// How fast the application is and what it needs, as JSON on stdout: `tests/run measure`. It judges nothing; targets stand beside
// the results in docs/benchmarks.md. `measure.mjs --entries N` for a short run.

import { readFile, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import { parseArgs } from "node:util";
import { DESKTOP, PHONE, Visit, launch } from "./kit/browser.mjs";
import { Federation, PUBLISHER, today } from "./kit/federation.mjs";
import { verbund } from "./kit/program.mjs";
import { signIn } from "./kit/sign_in.mjs";
import { writeUpdate } from "./kit/update.mjs";
import { until } from "./kit/wait.mjs";
import { PLAIN_PAGES, rolesFor } from "./pages.mjs";

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "100000" },
    streams: { type: "string", default: "500" },
    requests: { type: "string", default: "200" },
  },
});
const ENTRIES = Number(values.entries);
const STREAMS = Number(values.streams);
const REQUESTS = Number(values.requests);
/** Updates that typed at one agency are awaited at another. */
const ARRIVALS = 20;

const AGENCIES = ["kod", "dhz", "quartiersbuero"];
const WHERE = "dhz";
/** Pages that a list of entries could slow down, and all others that need no subject. */
const measured = PLAIN_PAGES.filter((it) => !it.path && rolesFor(it));

const say = (text) => process.stderr.write(`${text}\n`);
const round = (number, digits = 1) => Number(number.toFixed(digits));

// The quota is out of the way, and no agency is protected, so that every update goes to all at once.
const change = (text) =>
  text.replace(/^entries = .*$/m, "entries = 10000000").replace(/^mebibytes = .*$/m, "mebibytes = 100000").replace(/^protected = .*$/gm, "");
const federation = await (await Federation.founded(AGENCIES, { change })).start(WHERE, "kod");
const browser = await launch();
try {
  const agency = federation.agency(WHERE);
  const person = await agency.addPerson("coordinator,operator");
  const visit = await Visit.begin(browser, agency.url);
  await signIn(await visit.page(), person);
  const storageState = await visit.context.storageState();
  await visit.end();
  const cookie = storageState.cookies.map((it) => `${it.name}=${it.value}`).join("; ");

  const load_s = await load();
  const pages = {};
  for (const page of measured) {
    const times = await serverTimes(agency.url, page.route, cookie);
    const { bytes, lcp_ms } = await firstLoad(agency.url, page.route, storageState);
    pages[page.route] = { ...times, first_load_kib: round(bytes / 1024), lcp_ms };
    say(`${page.route}: ${JSON.stringify(pages[page.route])}`);
  }
  const arrival = await arrivals(storageState);
  const streams = await openStreams(agency, cookie);
  const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, memory_mib: Math.round(os.totalmem() / 2 ** 20) };
  process.stdout.write(`${JSON.stringify({ day: today(), machine, entries: ENTRIES, load_s, pages, arrival, streams }, null, 2)}\n`);
} finally {
  await browser.close();
  await federation.end();
}

/** Publishes the entries from all agencies, and waits until the measured one has them. */
async function load() {
  const began = Date.now();
  const share = Math.ceil(ENTRIES / AGENCIES.length);
  const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
  for (const id of AGENCIES) {
    const sender = federation.agency(id);
    const lines = Array.from({ length: share }, (_, index) => JSON.stringify(entry(day, index)));
    const file = sender.file("load.json");
    await writeFile(file, lines.join("\n"));
    await verbund(["push", file, "--config", sender.file(`${PUBLISHER}.toml`), "--in-flight", "256"]);
    say(`${id}: ${share} published`);
  }
  const agency = federation.agency(WHERE);
  const own = await agency.addPerson("reader");
  const visit = await Visit.begin(browser, agency.url);
  const page = await visit.page();
  await signIn(page, own);
  // The last of each sender is there: lanes have no gaps.
  for (const id of AGENCIES) {
    const last = await federation.agency(id).publish({ day, note: marker(id) });
    if (!last) throw new Error(`${id} has not published its last`);
    await until(`the last update of ${id}`, async () => {
      await page.goto("/feed");
      return (await page.getByText(marker(id), { exact: true }).count()) > 0;
    }, 600_000);
  }
  await visit.end();
  return round((Date.now() - began) / 1000);
}

function marker(id) {
  return `Letzte Reinigung der Messung (${id}).`;
}

function entry(day, index) {
  const of = (list, by = 1) => list[Math.floor(index / by) % list.length];
  return {
    day,
    category: of(["sauberkeit", "aufenthalt", "ordnung", "kontrolle", "infrastruktur", "konsumabfall", "beschwerde"]),
    place: of(["theaterplatz", "lutherplatz", "hauptbahnhof", "stadtgarten", "neumarkt", "luisenplatz", "ostwall", "moritzplatz"]),
    window: of(["06-10", "10-14", "14-18", "18-22", "22-06"], 3),
    measure: of(["m1", "m3", "m5"], 2),
    trend: of(["falling", "steady", "rising"], 5),
    source: "own-observation",
    urgency: "routine",
    handling: "amber",
    note: of(["Platz gereinigt, wenig Glas.", "Beleuchtung am Durchgang ausgefallen.", "Absperrung an der Baustelle erneuert."]),
    readings: index % 2 ? [] : [{ indicator: "spritzenfunde", period: "window", count: index % 40 }],
  };
}

/** A page from the first byte of the request to the last of the answer, over one connection. */
async function serverTimes(url, route, cookie) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];
  let first_ms = 0; // where it is counted anew, since an update came
  for (let index = 0; index < REQUESTS + 5; index++) {
    const began = process.hrtime.bigint();
    const status = await get(url + route, { agent, headers: { cookie, "accept-language": "de" } });
    if (status !== 200) throw new Error(`${route}: ${status}`);
    const ms = Number(process.hrtime.bigint() - began) / 1e6;
    if (index === 0) first_ms = round(ms);
    if (index >= 5) times.push(ms);
  }
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share) => round(times[Math.min(times.length - 1, Math.floor(times.length * share))], 2);
  return { first_ms, p50_ms: at(0.5), p99_ms: at(0.99) };
}

function get(url, options) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, options, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode)).on("error", reject);
    });
    request.on("error", reject);
  });
}

/** All bytes of a first visit, and when the largest part was seen. */
async function firstLoad(url, route, storageState) {
  const visit = await Visit.begin(browser, url, { storageState, ...DESKTOP });
  const page = await visit.page();
  const wire = await visit.context.newCDPSession(page);
  await wire.send("Network.enable");
  let bytes = 0;
  wire.on("Network.loadingFinished", (it) => (bytes += it.encodedDataLength));
  await page.goto(route, { waitUntil: "load" });
  const lcp_ms = await page.evaluate(
    () => new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(Math.round(list.getEntries().at(-1).startTime))).observe({
        type: "largest-contentful-paint",
        buffered: true,
      });
    }),
  );
  await visit.end();
  return { bytes, lcp_ms };
}

/** From the tap on a phone at one agency until another agency's open feed shows it. */
async function arrivals(storageState) {
  const reader = await Visit.begin(browser, federation.agency(WHERE).url, { storageState });
  const feed = await reader.page("/feed");
  await feed.getByText("Live", { exact: true }).waitFor();
  const sender = federation.agency("kod");
  const visit = await Visit.begin(browser, sender.url, PHONE);
  const phone = await visit.page();
  await signIn(phone, await sender.addPerson("contributor"));
  const times = [];
  for (let index = 0; index < ARRIVALS; index++) {
    const note = `Platz gereinigt, Runde ${index}.`;
    const seen = feed.getByText(note, { exact: true }).first().waitFor();
    const sent = await writeUpdate(phone, { note });
    await seen;
    times.push(Date.now() - sent);
  }
  await visit.end();
  await reader.end();
  times.sort((a, b) => a - b);
  return { count: times.length, p50_ms: times[times.length >> 1], max_ms: times.at(-1) };
}

/** Resident memory of the application before and with many open streams. */
async function openStreams(agency, cookie) {
  const before = await resident(agency.application.pid);
  const agent = new http.Agent({ maxSockets: Infinity });
  const open = await Promise.all(Array.from({ length: STREAMS }, () => new Promise((resolve, reject) => {
    const request = http.get(`${agency.url}/live`, { agent, headers: { cookie } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`/live: ${answer.statusCode}`));
      answer.once("data", () => resolve(request));
      answer.on("error", () => {});
    });
    request.on("error", reject);
  })));
  await federation.agency("kod").publish({ note: "Platz gereinigt, Strommessung." });
  const during = await resident(agency.application.pid);
  open.forEach((it) => it.on("error", () => {}).destroy());
  return { count: STREAMS, before_mib: before, with_mib: during };
}

async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024);
}
