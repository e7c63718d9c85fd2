// Where things are: the workspace, the binary, the tools that tests/run installs.

import { createRequire } from "node:module";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The binary that is tested. */
export const binary = process.env.VERBUND_BINARY ?? path.join(target, "debug/verbund");
/** Where logs and pictures of failed tests are kept. */
export const kept = path.join(target, "tests/browser");

// The packages are outside of the sources, where an import would not look for them.
export const require = createRequire(path.join(target, "tools/browser/package.json"));

/** The browser of the system, by its usual names. */
export function chromiumPath() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of names) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here.
      }
    }
  }
  throw new Error(`none of ${names.join(", ")} is in PATH`);
}
