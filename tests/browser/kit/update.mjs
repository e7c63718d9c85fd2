// Writing an update as somebody outside does.

/** Chooses one of the closed choices under a heading. */
export async function choose(page, heading, choice) {
  await page.getByRole("group", { name: heading }).getByRole("radio", { name: choice }).first().check();
}

/** Fills in the form and sends it; when it was sent, in milliseconds. */
export async function writeUpdate(page, { place = "Theaterplatz", category = "Müll, Reinigung", trend = "sinkend", note }) {
  await page.goto("/meldung/neu");
  await choose(page, "Ort", place);
  await choose(page, "Kategorie", category);
  await choose(page, "Entwicklung", trend);
  await page.getByLabel("Notiz", { exact: true }).fill(note);
  const sent = Date.now();
  await page.getByRole("button", { name: "Senden", exact: true }).click();
  await page.getByText("Die Meldung ist gesendet.").waitFor();
  return sent;
}
