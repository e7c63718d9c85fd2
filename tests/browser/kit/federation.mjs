// A federation on this machine: real nodes and applications, one process each, with real certificates.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { root } from "./place.mjs";
import { Running, stopAll, verbund } from "./program.mjs";
import { until } from "./wait.mjs";

const VOCABULARY = path.join(root, "deploy/charter/krefeld.toml");
/** The system of an agency that publishes, and the one that speaks for it, as `verbund demo` calls them. */
export const PUBLISHER = "diensttagebuch";
export const OFFICE = "koordination";
const SYSTEMS = {
  [PUBLISHER]: "publisher,reader",
  [OFFICE]: "coordinator,operator,auditor,reader",
  briefing: "publisher,coordinator,reader,operator,auditor",
};

/** One agency: its node, its application, its people. */
class Agency {
  #people = 0;

  constructor(federation, id) {
    this.id = id;
    this.folder = path.join(federation.folder, id);
  }

  file(name) {
    return path.join(this.folder, name);
  }

  async #value(file, pattern) {
    const found = pattern.exec(await readFile(this.file(file), "utf8"));
    if (!found) throw new Error(`${this.id}/${file} has no ${pattern}`);
    return found[1];
  }

  /** Starts the node; its clock may be `ahead`, such as by `25h`. */
  async startNode({ ahead } = {}) {
    this.node = new Running(["node", "--config", this.file("node.toml")], this.file("node.log"), { ahead });
    const admin = await this.#value("node.toml", /\[admin\][^[]*?listen\s*=\s*"([^"]+)"/s);
    await until(`the node of ${this.id}`, async () => (await fetch(`http://${admin}/readyz`)).ok);
  }

  /** Starts the application; its clock may be `ahead`, such as by `11m`. */
  async startApplication({ ahead } = {}) {
    const args = ["briefing", "--config", this.file("briefing.toml")];
    this.application = new Running(args, this.file("briefing.log"), { ahead });
    this.url = await this.publicUrl();
    await until(`the application of ${this.id}`, async () => (await fetch(`${this.url}/anmelden`)).ok);
  }

  /** Where people reach its application. */
  publicUrl() {
    return this.#value("briefing.toml", /public_url\s*=\s*"([^"]+)"/);
  }

  /** Adds an account; the link that signs it in once, and the name. */
  async addPerson(roles, name = `${this.id}-${++this.#people}`) {
    const args = ["user", "add", name, "--roles", roles, "--config", this.file("briefing.toml"), "--format", "json"];
    return JSON.parse(await verbund(args));
  }

  /** What a command of the agency's own system says, as JSON values, one a line. */
  async ask(system, ...args) {
    const said = await verbund([...args, "--config", this.file(`${system}.toml`), "--format", "json"]);
    return said.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Publishes updates; what the node acknowledged. */
  async publish(...updates) {
    return this.publishAs(PUBLISHER, ...updates);
  }

  /** The same as another of the agency's systems. */
  async publishAs(system, ...updates) {
    const file = this.file(`updates-${process.hrtime.bigint()}.json`);
    await writeFile(file, updates.map((it) => JSON.stringify({ ...ORDINARY, day: today(), ...it })).join("\n"));
    return this.ask(system, "push", file);
  }
}

/** An update that says nothing special. */
const ORDINARY = {
  category: "sauberkeit",
  place: "theaterplatz",
  measure: "m1",
  trend: "falling",
  source: "own-observation",
  urgency: "routine",
  handling: "amber",
};

/** Today where the federation is. */
export function today() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(new Date());
}

export class Federation {
  #agencies = new Map();

  constructor(folder, ids) {
    this.folder = folder;
    for (const id of ids) this.#agencies.set(id, new Agency(this, id));
  }

  /** Krefeld after the day that `verbund demo` plays: six agencies with updates, tasks, a meeting and its protocol. */
  static async played() {
    const folder = await temporaryFolder();
    await verbund(["demo", "--once", "--data", folder]);
    return new Federation(folder, agencyIds(await readFile(VOCABULARY, "utf8")));
  }

  /** A new federation of some of Krefeld's agencies, made as an operator makes one. `change` may reword the vocabulary. */
  static async founded(ids, { change = (text) => text } = {}) {
    const folder = await temporaryFolder();
    const run = (...args) => verbund(args, { cwd: folder });
    const vocabulary = change(onlyOf(await readFile(VOCABULARY, "utf8"), ids));
    await writeFile(path.join(folder, "vocabulary.toml"), vocabulary);
    const ports = await freePorts(4 * ids.length);
    const members = [];
    for (const id of ids) {
      const [api, federation, admin, web] = ports.splice(0, 4);
      await run("pki", "authority", "--agency", id, "--federation", "krefeld");
      const clients = Object.entries(SYSTEMS).flatMap(([name, roles]) => ["--client", `${name}=${roles}`]);
      const listen = ["--agency-listen", api, "--federation-listen", federation, "--admin-listen", admin];
      await run("init", id, "--agency", id, "--federation", "krefeld", "--pki", "pki", ...clients, ...listen);
      const key = (await readFile(path.join(folder, id, "keys/entry.pub"), "utf8")).trim();
      members.push(
        `[[member]]\nagency = "${id}"\nendpoint = "${federation}"\nroots = "pki/${id}.root.pem"\nentry_keys = ["${key}"]\n`,
      );
      await writeFile(path.join(folder, id, "briefing.toml"), applicationConfig(api, web));
    }
    await writeFile(path.join(folder, "members.toml"), members.join("\n"));
    const files = ["--vocabulary", "vocabulary.toml", "--members", "members.toml"];
    await run("charter", "compose", ...files, "--expires", "2099-12-31");
    for (const id of ids) await run("charter", "sign", "charter.toml", "--agency", id, "--key", `${id}/keys/entry.key`);
    for (const id of ids) await handOver(folder, id, ids);
    return new Federation(folder, ids);
  }

  agency(id) {
    return this.#agencies.get(id);
  }

  get agencies() {
    return [...this.#agencies.values()];
  }

  /** Starts all nodes, and the applications of some agencies. */
  async start(...applications) {
    await Promise.all(this.agencies.map((it) => it.startNode()));
    await Promise.all(applications.map((id) => this.agency(id).startApplication()));
    return this;
  }

  /** Ends everything, and removes the folder unless it is needed to look for a reason. */
  async end({ keep = false } = {}) {
    await stopAll();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }
}

async function temporaryFolder() {
  return mkdtemp(path.join(os.tmpdir(), "verbund-browser-"));
}

/** Some ports of this machine that nobody listens on. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve, reject) => {
      const server = net.createServer().once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(server));
    })),
  );
  const addresses = servers.map((it) => `127.0.0.1:${it.address().port}`);
  await Promise.all(servers.map((it) => new Promise((resolve) => it.close(resolve))));
  return addresses;
}

/** The blocks of a vocabulary, each from its `[` on. */
function blocks(vocabulary) {
  return vocabulary.split(/^(?=\[)/m);
}

function agencyIds(vocabulary) {
  const agencies = blocks(vocabulary).filter((it) => it.startsWith("[[agency]]"));
  return agencies.map((it) => /^id\s*=\s*"([^"]+)"/m.exec(it)[1]);
}

/** The vocabulary without the other agencies, and without what they are asked for. */
function onlyOf(vocabulary, ids) {
  const names = { "[[agency]]": /^id\s*=\s*"([^"]+)"/m, "[[responsibility]]": /^agency\s*=\s*"([^"]+)"/m };
  return blocks(vocabulary)
    .filter((block) => {
      const pattern = names[block.split("\n", 1)[0]];
      return !pattern || ids.includes(pattern.exec(block)[1]);
    })
    .join("");
}

function applicationConfig(node, web) {
  return `listen = "${web}"
public_url = "http://${web}"
database = "briefing.db"

[node]
address = "${node}"
certificate = "tls/briefing.pem"
key = "tls/briefing.key"
roots = "tls/root.pem"
`;
}

/** What an agency gets of the others: the charter, and everybody's revocation list. */
async function handOver(folder, id, ids) {
  const copy = async (from, to) => writeFile(path.join(folder, id, to), await readFile(path.join(folder, from)));
  await copy("charter.toml", "charter.toml");
  await copy("charter.toml.sig", "charter.toml.sig");
  await mkdir(path.join(folder, id, "tls/crls"), { recursive: true });
  for (const other of ids) await copy(`pki/${other}.crl`, `tls/crls/${other}.crl`);
  // The application acts for the people who signed in to it.
  const file = path.join(folder, id, "node.toml");
  const config = await readFile(file, "utf8");
  await writeFile(file, config.replace(/^name = "briefing"$/m, '$&\nacts_for_people = true'));
}
