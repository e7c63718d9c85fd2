// Signing in as people do.

/** Signs somebody in by their one-time link. */
export async function signIn(page, person) {
  await page.goto(person.link);
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/anmelden"));
}
