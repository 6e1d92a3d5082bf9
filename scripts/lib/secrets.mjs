// Reads the git-ignored .env of this checkout, and adds generated secrets to it once.

import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const envFile = fileURLToPath(new URL("../../.env", import.meta.url));

/** Parses `NAME=value` lines; a value may be quoted; `#` begins a comment line. */
export function parseEnv(text) {
  const values = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const quoted = /^(["'])(.*)\1$/.exec(match[2]);
    values[match[1]] = quoted ? quoted[2] : match[2];
  }
  return values;
}

/** A passcode that can be typed: 80 bits in four groups, without look-alike letters. */
export function newPasscode() {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  const text = Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join("");
  return text.match(/.{4}/g).join("-");
}

export function newSecret() {
  return randomBytes(48).toString("base64url");
}

/** The contents of .env, with missing secrets generated and added. Empty values count as missing. */
export function loadEnv(file = envFile) {
  const present = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const made = {};
  if (!present.APP_PASSCODE) made.APP_PASSCODE = newPasscode();
  if (!present.SESSION_SECRET) made.SESSION_SECRET = newSecret();
  if (Object.keys(made).length > 0) {
    const lines = Object.entries(made).map(([name, value]) => `${name}=${value}\n`);
    appendFileSync(file, `\n# Made for this machine. Keep it to yourself.\n${lines.join("")}`, {
      mode: 0o600,
    });
  }
  chmodSync(file, 0o600);
  return Object.fromEntries(
    Object.entries({ ...present, ...made }).filter(([, value]) => value !== ""),
  );
}
