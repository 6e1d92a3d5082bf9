// Checkers that are Python packages, in a virtual environment below target/. Null when they cannot
// be installed (no Python, no network); the test that needs one then reports it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "python-tools");

const succeeds = (command, args) =>
  spawnSync(command, args, { stdio: "ignore", timeout: 120_000 }).status === 0;

/** Path of `program` from the package `name==version`. */
export function pythonTool(program, requirement) {
  const own = join(folder, requirement);
  const path = join(own, "bin", program);
  const mark = join(own, "installed");
  if (existsSync(mark)) return path;
  const installed =
    succeeds("python3", ["-m", "venv", "--clear", own]) &&
    succeeds(join(own, "bin/pip"), [
      "install",
      "--quiet",
      "--disable-pip-version-check",
      "--retries=1",
      "--timeout=15",
      requirement,
    ]) &&
    succeeds("touch", [mark]);
  return installed ? path : null;
}
