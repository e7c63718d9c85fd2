// Ways in: a one-time link with a password of one's own, the password, and the agency's OpenID Connect provider.

import assert from "node:assert/strict";
import { after } from "node:test";
import { Federation } from "./kit/federation.mjs";
import { provideFor } from "./kit/provider.mjs";
import { PASSWORD, signIn } from "./kit/sign_in.mjs";
import { Stories } from "./kit/story.mjs";

let provider;
const stories = new Stories("sign_in", async () => {
  const federation = await Federation.founded(["kod"]);
  provider = await provideFor(federation.agency("kod"));
  return federation.start("kod");
});
after(() => provider?.end());

/** Signs in at the provider, as its own pages ask for it. */
async function atProvider(page, name) {
  await page.getByRole("link", { name: "Stadt-Anmeldung" }).click();
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.getByRole("button").click();
  await page.getByRole("button").click(); // what the application may know
}

stories.test("a one-time link lets in once, and the password that was chosen lets in again", async ({ federation, visit }) => {
  const person = await federation.agency("kod").addPerson("reader", "leserin");
  const seen = await visit("kod");
  const page = await seen.page();
  await signIn(page, person);
  await page.goto("/konto");
  await page.getByRole("heading", { level: 2, name: "leserin" }).waitFor();
  await page.getByText("Konto", { exact: true }).click();
  await page.getByRole("button", { name: "Abmelden" }).click();
  await page.goto("/feed");
  assert.equal(new URL(page.url()).pathname, "/anmelden");

  await page.getByLabel("Name").fill("leserin");
  await page.getByLabel("Kennwort", { exact: true }).fill("etwas ganz anderes");
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();
  await page.getByText("Name oder Kennwort stimmt nicht.").waitFor();
  await page.getByLabel("Kennwort", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();
  // On to where one was on the way to.
  await page.waitForURL("**/feed");

  await page.goto(person.link);
  await page.getByText("Dieser Link gilt nicht mehr").first().waitFor();
  seen.forgive(/40[0-9]|422/);
});

stories.test("the provider's groups give the roles", async ({ visit }) => {
  const seen = await visit("kod");
  seen.allow(provider.issuer);
  const page = await seen.page("/anmelden?then=/feed");
  await atProvider(page, "koordination");
  await page.waitForURL("**/feed");
  await page.goto("/konto");
  await page.getByText("Koordination", { exact: true }).waitFor();
  assert.equal(await page.getByText("Betrieb", { exact: true }).and(page.locator("dt")).count(), 0);
});

stories.test("whoever has none of the groups is told so and does not get in", async ({ visit }) => {
  const seen = await visit("kod");
  seen.allow(provider.issuer);
  const page = await seen.page("/anmelden");
  await atProvider(page, "fremd");
  await page.getByText("keine Ihrer Gruppen hat hier eine Rolle").waitFor();
  await page.goto("/feed");
  assert.equal(new URL(page.url()).pathname, "/anmelden");
  seen.forgive(/40[0-9]/);
});
