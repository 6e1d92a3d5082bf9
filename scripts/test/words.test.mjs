// Keeps phrases that native speakers do not write out of the code, the documents and the page. Each
// entry: what is wrong, and what to write.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const comment = String.raw`^\s*(\/\/[\/!]?|\/?\*+|#+|--)\s*`;
/** In every text. */
const phrases = [
  [/\bfor ever\b/i, "forever"],
  [/\bmend(s|ed|ing)?\b/i, "fix, repair, correct"],
  [/\banew\b/i, "again"],
  [/\bwhoever\b/i, "the visitor, the caller, …"],
  [/\bbeside\b/i, "next to"],
  [/\bamiss\b/i, "rejects"],
  [/\bat home\b/i, "at loopback"],
  [/\bin other words\b/i, "Try rephrasing."],
  [/\bout of order\b(?! event)/i, "is having problems"],
  [/(?<!there )\b(is|are) no (?!longer\b|more\b|less\b|one\b)[a-z]+/i, "is not a …"],
  [/\bin (every|so many) dress(es)?\b/i, "in all encodings"],
  [/\bso_many_and_no_more\b|\bin_every_dress\b/, "names that say what holds"],
  [/\bThat passcode is not right\b/, "Wrong passcode."],
  [/\bThe page around this chat could not\b/, "We couldn't start the chat."],
  [/\bAsk for something to be kept\b/, "Ask me to save a note …"],
  [/\bWhat follows this message is replaced\b/, "Later messages will be replaced."],
  [/\bstays in this session, sealed\b/, "Stored encrypted for this session"],
  [/\byardstick\b/i, "compares with"],
  [/\btold apart\b/i, "distinguished"],
  [/\bput together of\b/i, "joined from"],
  [/(?<!so )\bbe (they|it)\b/i, "whether they are …"],
  [/\bwhat (came|becomes) of\b/i, "the result of, what happens to"],
  [/\b(good|alive) for \d+ (seconds|minutes|hours|days)\b/i, "valid for"],
  [/\b(gives|giving) (back )?the (rest|status|problem|stream)\b/i, "returns"],
  [/\bin the midst of\b/i, "during, among"],
];
/** At the beginning of a comment, and as a name. */
const code = [
  [new RegExp(`${comment}Who\\b`), "name the person or program"],
  [new RegExp(`${comment}What\\b(?!.*\\?)`), "begin with what the item is or does"],
  [new RegExp(`${comment}Whatever\\b`), "begin with what the item is or does"],
  [new RegExp(`${comment}(Whose|Somebody|Those|That)\\b`), "begin with what the item is or does"],
  [/\b(struct|enum|class|interface|trait|type|fn|function|const) (Asking|Feed|Seat|Attendance|Patience|PATIENCE|Cutter)\b/, "the field's word"],
];
const prose = /\.(md|toml|json|html|txt|yaml|yml|sh|sql|lua|conf|css)$|Makefile$|Dockerfile|\.env\.example$/;
const source = /\.(rs|ts|tsx|mjs|mts|js|py|sql|lua|css|sh)$/;
/** Checksummed migrations, other languages, and instructions for models. */
const exempt =
  /^(api\/migrations|web\/package-lock\.json|web\/src\/locales\/(?!en)|LICENSE|Cargo\.lock|.*\.snap$|scripts\/test\/words\.test\.mjs|api\/(agents|examples\/mcp-shop\/agents)\.toml|api\/src\/notes\/tools\/arguments\.rs)/;

/** The phrases of a text, as `path:line: phrase (write: …)`. */
function found(path, text) {
  const rules = source.test(path) ? [...phrases, ...code] : phrases;
  return text.split("\n").flatMap((line, index) =>
    rules.flatMap(([pattern, better]) => {
      const match = pattern.exec(line);
      return match ? [`${path}:${index + 1}: "${match[0].trim()}" (write: ${better})`] : [];
    }),
  );
}

test("nobody stumbles over a phrase", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const checked = files.filter(
    (path) => (prose.test(path) || source.test(path)) && !exempt.test(path),
  );
  assert.ok(checked.length > 500);
  assert.deepEqual(
    checked.flatMap((path) => found(path, readFileSync(join(root, path), "utf8"))),
    [],
  );
});

test("a phrase is found where it is one", () => {
  assert.equal(found("x.md", "A text that is no id, kept for ever.").length, 2);
  assert.equal(found("x.md", "There is no such note, and it is no longer listed.").length, 0);
  assert.equal(found("x.rs", "/// Who signs out stops reading").length, 1);
  assert.equal(found("x.rs", "//! What a run reports: its log line.").length, 1);
  assert.equal(found("x.rs", "/// The visitor who signs out.").length, 0);
  assert.equal(found("x.ts", "class Cutter {}").length, 1);
});
