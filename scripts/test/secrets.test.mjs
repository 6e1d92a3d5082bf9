// The .env of a checkout: reading it, and adding to it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { loadEnv, newPasscode, parseEnv } from "../lib/secrets.mjs";

function inFolder(run) {
  const folder = mkdtempSync(join(tmpdir(), "smooth-operator-env-"));
  try {
    return run(join(folder, ".env"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("lines, quotes, comments and other people's writing are understood", () => {
  const text = "# A=1\nB=2\r\n export C = three words \nD=\"a=b # c\"\nE=\nnonsense\nF='x'";
  assert.deepEqual(parseEnv(text), { B: "2", C: "three words", D: "a=b # c", E: "", F: "x" });
});

test("a missing file gets both secrets, once, for its owner's eyes only", () => {
  inFolder((file) => {
    const first = loadEnv(file);
    assert.match(first.APP_PASSCODE, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    assert.ok(Buffer.byteLength(first.SESSION_SECRET) >= 32);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(loadEnv(file), first);
  });
});

test("what is there stays, an empty secret is filled, and a missing line end does no harm", () => {
  inFolder((file) => {
    writeFileSync(file, "APP_PASSCODE=\nSESSION_SECRET=mine\nLOG_LEVEL=debug", { mode: 0o644 });
    const values = loadEnv(file);
    assert.equal(values.SESSION_SECRET, "mine");
    assert.equal(values.LOG_LEVEL, "debug");
    assert.ok(values.APP_PASSCODE);
    assert.ok(readFileSync(file, "utf8").startsWith("APP_PASSCODE=\nSESSION_SECRET=mine\n"));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });
});

test("no two passcodes are alike", () => {
  assert.equal(new Set(Array.from({ length: 200 }, newPasscode)).size, 200);
});
