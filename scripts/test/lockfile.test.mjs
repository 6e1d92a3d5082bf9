// Every npm package that any platform installs is pinned by its hash.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { unpinned } from "../lib/check-lockfile.mjs";

const lockfile = new URL("../../web/package-lock.json", import.meta.url);

test("the lockfile has the hash of every package", () => {
  assert.deepEqual(unpinned(readFileSync(lockfile, "utf8")), []);
});

test("a package without a hash is found, a linked one needs none", () => {
  const packages = {
    "": {},
    "node_modules/pinned": { integrity: "sha512-x" },
    "node_modules/loose": { version: "1.0.0" },
    "node_modules/linked": { link: true },
    "packages/linked": { version: "1.0.0" },
  };
  assert.deepEqual(unpinned(JSON.stringify({ packages })), ["node_modules/loose"]);
});
