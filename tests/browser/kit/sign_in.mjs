// Signing in as people do.

/** What everybody here chooses. */
export const PASSWORD = "Vier Wälle und ein Marktplatz";

/** Signs somebody in by their one-time link, where they choose their password. */
export async function signIn(page, person) {
  await page.goto(person.link);
  for (const field of ["Neues Kennwort", "Neues Kennwort noch einmal"]) await page.getByLabel(field, { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/anmelden"));
}

/** Proves again who somebody is, where a step asks for it. */
export async function prove(page) {
  await page.getByLabel("Kennwort", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Bestätigen" }).click();
}
