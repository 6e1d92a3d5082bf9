import { beforeEach, expect, it } from "vitest";
import { readDraft, writeDraft } from "./features/chat/drafts";
import { keepRequest, keptRequest } from "./features/chat/outbox";
import { ThreadMemory } from "./features/embed/thread-memory";
import { forgetPrivateTexts, keepPrivateTextsFor } from "./private-texts";

function writeAll(): void {
  writeDraft(null, "Half a thought");
  keepRequest("t1", { key: "k", body: "{}", text: "Not sent", replaceFrom: null });
  new ThreadMemory("shop", "first page").write("t1");
}

function readAll(): unknown[] {
  const view = new ThreadMemory("shop", "next page").read();
  return [readDraft(null), keptRequest("t1")?.text ?? null, view];
}

const WRITTEN = ["Half a thought", "Not sent", "t1"];
const NOTHING = ["", null, null];

beforeEach(() => sessionStorage.clear());

it.each([
  ["the same user", "ann", "ann", WRITTEN],
  ["another user", "ann", "bob", NOTHING],
  ["a visitor after a user", "ann", undefined, NOTHING],
  ["a visitor after a visitor", undefined, undefined, WRITTEN],
  ["a visitor who signs in as a user", undefined, "ann", WRITTEN],
])("%s finds what was written before: %s, then %s", (_who, before, after, found) => {
  keepPrivateTextsFor(before);
  writeAll();
  keepPrivateTextsFor(after);
  expect(readAll()).toEqual(found);
  // The next one is compared with the last.
  writeAll();
  keepPrivateTextsFor("carl");
  expect(readAll()).toEqual(after === undefined ? WRITTEN : NOTHING);
});

it("leaves nothing behind when the visitor signs out", () => {
  keepPrivateTextsFor("ann");
  writeAll();
  forgetPrivateTexts();
  expect(readAll()).toEqual(NOTHING);
  expect(sessionStorage).toHaveLength(0);
});
