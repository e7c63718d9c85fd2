// The binary: commands that end, and processes that run until they are told to stop. None of them outlives the tests.

import { execFile, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { binary } from "./place.mjs";

const running = new Set();
process.on("exit", () => running.forEach((it) => it.child.kill("SIGKILL")));

// What tests assert is German unless they say otherwise, whatever the machine speaks; and no setting of it leaks in.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VERBUND_")));
environment.VERBUND_LANG = "de";

/** Runs a command to its end; what it wrote to stdout. */
export function verbund(args, { input, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: environment, maxBuffer: 64 << 20 };
    const child = execFile(binary, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`verbund ${args.join(" ")}: exit ${error.code}\n${stderr}`));
      else resolve(stdout);
    });
    child.stdin.on("error", () => {}); // a command that fails early reads nothing
    child.stdin.end(input);
  });
}

/** A process of the binary, with its output in a file. Its clock may be `ahead` of the machine's. */
export class Running {
  constructor(args, log, { ahead } = {}) {
    const out = openSync(log, "a");
    // The kernel ends it when this process ends, in whatever way.
    const all = [...args, "--end-with", String(process.pid)];
    const env = ahead ? { ...environment, ...clockAhead(ahead) } : environment;
    this.child = spawn(binary, all, { env, stdio: ["ignore", out, out] });
    closeSync(out);
    this.ended = new Promise((resolve) => {
      this.child.once("error", resolve);
      this.child.once("exit", resolve);
    });
    running.add(this);
    this.ended.then(() => running.delete(this));
  }

  get pid() {
    return this.child.pid;
  }

  /** Tells it to end, and waits until it has. */
  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    await this.ended;
  }
}

/** What gives a process another clock, in faketime's own words; timers go on as they do where somebody sets a clock. */
function clockAhead(ahead) {
  const asked = execFileSync("faketime", ["-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf8" });
  return { LD_PRELOAD: asked.trim(), FAKETIME: `+${ahead}`, FAKETIME_DONT_FAKE_MONOTONIC: "1", FAKETIME_DISABLE_SHM: "1", NO_FAKE_STAT: "1" };
}

/** Ends all that still runs. */
export async function stopAll() {
  await Promise.all([...running].map((it) => it.stop("SIGKILL")));
}
