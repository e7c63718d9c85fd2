// An OpenID Connect provider beside an application, and the application's configuration for it.

import { spawn } from "node:child_process";
import { appendFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROVIDER = fileURLToPath(new URL("../provider/provider.mjs", import.meta.url));

/** Starts a provider for an agency's application, which must not run yet; what ends it, and where it is. */
export async function provideFor(agency) {
  const back = `${await agency.publicUrl()}/anmelden/oidc/antwort`;
  const child = spawn(process.execPath, [PROVIDER, back], { stdio: ["pipe", "pipe", "ignore"] });
  const [line] = await new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error("the provider ended before it listened")));
    createInterface({ input: child.stdout }).once("line", (line) => resolve([line]));
  });
  const { issuer, client_id, client_secret } = JSON.parse(line);
  await writeFile(agency.file("oidc.secret"), client_secret, { mode: 0o600 });
  await appendFile(
    agency.file("briefing.toml"),
    `
[sign_in.oidc]
issuer = "${issuer}"
client_id = "${client_id}"
client_secret_file = "oidc.secret"
name = "Stadt-Anmeldung"

[sign_in.oidc.roles]
"/verbund/koordination" = "coordinator"
"/verbund/betrieb" = "operator"
"/verbund/lesen" = "reader"
`,
  );
  // It ends with its standard input.
  return { issuer, end: () => child.stdin.end() };
}
