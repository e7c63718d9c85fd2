// An OpenID Connect provider beside an application, and the application's configuration for it.

import { spawn } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { root } from "./place.mjs";

/** Starts a provider for an agency's application, which must not run yet; what ends it, and where it is. */
export async function provideFor(agency) {
  const config = agency.file("briefing.toml");
  const url = /public_url\s*=\s*"([^"]+)"/.exec(await readFile(config, "utf8"))[1];
  const script = path.join(root, "tests/browser/provider/provider.mjs");
  const child = spawn(process.execPath, [script, `${url}/anmelden/oidc/antwort`], { stdio: ["pipe", "pipe", "ignore"] });
  const [line] = await new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the provider ended before it listened")));
    createInterface({ input: child.stdout }).once("line", (line) => resolve([line]));
  });
  const { issuer, client_id, client_secret } = JSON.parse(line);
  await writeFile(agency.file("oidc.secret"), client_secret, { mode: 0o600 });
  await appendFile(
    config,
    `
[sign_in.oidc]
issuer = "${issuer}"
client_id = "${client_id}"
client_secret_file = "oidc.secret"
name = "Stadt-Anmeldung"
scopes = ["profile"]

[sign_in.oidc.roles]
"/verbund/koordination" = "coordinator"
"/verbund/betrieb" = "operator"
"/verbund/lesen" = "reader"
`,
  );
  // It ends with its standard input.
  return { issuer, end: () => child.stdin.end() };
}
