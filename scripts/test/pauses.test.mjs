// Tests await what they wait for. A pause in a test, or in a script that tests run, is marked with
// its reason, on its line or the line above: `// pause: the outage under test`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pauses = {
  rs: /\bsleep(_until)?\(/,
  mjs: /(?<![.\w])(setTimeout|pause)\(|\bwaitForTimeout\(/,
  ts: /(?<![.\w])setTimeout\(|\bwaitForTimeout\(/,
  py: /\bsleep\(/,
};
const mark = /(\/\/|#) pause: \w/;
/** Files that are tests as a whole, or support them. */
const isTest = (path) =>
  /^(api\/tests|scripts|web\/e2e)\//.test(path) ||
  /^api\/.*\/(tests|contract|simulation)(\/.*)?(\.rs)?$/.test(path) ||
  /\.test\.tsx?$|\/test-[\w-]+\.tsx?$/.test(path);
const testModule = /^ *#\[cfg\(test\)\]\s+(pub(\([\w: ]+\))? )?mod \w+ \{$/m;

/** The lines of the file that pause without saying why. */
function unexplained(path, text) {
  const pattern = pauses[path.split(".").at(-1).replace("tsx", "ts").replace("mts", "ts")];
  const from = isTest(path) ? 0 : text.search(testModule);
  if (!pattern || from < 0) return [];
  const lines = text.split("\n");
  const first = text.slice(0, from).split("\n").length - 1;
  return lines.flatMap((line, index) =>
    index >= first &&
    pattern.test(line) &&
    !mark.test(line) &&
    !mark.test(lines[index - 1] ?? "")
      ? [`${path}:${index + 1}: ${line.trim()}`]
      : [],
  );
}

test("no test pauses to wait for something", () => {
  const files = execFileSync("git", ["ls-files", "api", "scripts", "web/e2e", "web/src"], {
    cwd: root,
    encoding: "utf8",
  });
  const found = files
    .trim()
    .split("\n")
    .filter((path) => /\.(rs|mjs|tsx?|py)$/.test(path) && !path.endsWith("pauses.test.mjs"))
    .flatMap((path) => unexplained(path, readFileSync(join(root, path), "utf8")));
  assert.deepEqual(found, []);
});

test("a pause is found in each language, and its reason counts", () => {
  const rust = "fn f() { sleep(1) }\n#[cfg(test)]\nmod tests {\n  sleep(ONE).await;\n}";
  assert.deepEqual(unexplained("api/src/x.rs", rust), ["api/src/x.rs:4: sleep(ONE).await;"]);
  assert.equal(unexplained("api/src/x/tests.rs", "sleep(ONE)").length, 1);
  assert.equal(unexplained("web/e2e/x.spec.ts", "await page.waitForTimeout(5)").length, 1);
  assert.equal(unexplained("scripts/x.mjs", "setTimeout(resolve, 5)").length, 1);
  assert.equal(unexplained("web/src/x.ts", "setTimeout(resolve, 5)").length, 0);
  assert.equal(unexplained("web/e2e/x.spec.ts", "test.setTimeout(5)").length, 0);
  assert.equal(unexplained("scripts/x.mjs", "// pause: the outage\nawait pause(5)").length, 0);
});
