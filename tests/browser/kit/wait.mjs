// Waiting for what is to come, and never for time to pass.

/** Far beyond what anything here takes, which is a second or two; two cores that build something meanwhile are slow. */
export const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 25;

/** Looks until `look` gives something; its last error, or `what`, says what did not come. */
export async function until(what, look, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come in ${patience / 1000} s`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
