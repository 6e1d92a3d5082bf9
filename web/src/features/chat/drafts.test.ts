import { describe, expect, it } from "vitest";
import { forgetDrafts, moveDraft, readDraft, writeDraft } from "./drafts";

describe("drafts", () => {
  it("are kept a thread, the one that has not begun included", () => {
    writeDraft(null, "new");
    writeDraft("t1", "one");
    expect([readDraft(null), readDraft("t1"), readDraft("t2")]).toEqual(["new", "one", ""]);
    writeDraft("t1", "");
    expect(readDraft("t1")).toBe("");
  });

  it("ignore what else is in storage", () => {
    for (const value of ["not json", "null", "[]", '{"t1": 7}', '"text"']) {
      sessionStorage.setItem("so.drafts", value);
      expect(readDraft("t1")).toBe("");
      writeDraft("t1", "x");
      expect(readDraft("t1")).toBe("x");
    }
  });

  it("move to another conversation, unless something is typed there", () => {
    writeDraft("t1", "one");
    moveDraft("t1", null);
    expect([readDraft("t1"), readDraft(null)]).toEqual(["", "one"]);
    writeDraft("t2", "two");
    moveDraft("t2", null);
    expect(readDraft(null)).toBe("one");
  });

  it("leave nothing behind when they are forgotten", () => {
    writeDraft("t1", "one");
    forgetDrafts();
    expect(readDraft("t1")).toBe("");
    expect(JSON.stringify(sessionStorage)).not.toContain("one");
  });
});
