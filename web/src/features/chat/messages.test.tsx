import { render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { setCatalogue } from "../../i18n/translate";
import german from "../../locales/de.json";
import type { Interrupt } from "../../protocol/types";
import { EMPTY_CHAT } from "./chat-state";
import { openInterrupt } from "./interrupts";
import { Messages } from "./messages";
import { setUp } from "./test-store";

afterEach(() => setCatalogue({}));

const approval = (id: string): Interrupt => ({
  id,
  reason: "approval",
  tool_call_id: `call-${id}`,
  tool: "shop__cancel_order",
  arguments: { order: id },
  message: "Clerk wants to use cancel order of shop.",
  schema: null,
  read_only: null,
  url: null,
  expires_at: "2026-11-30T00:00:00Z",
});

function show(ids: string[]) {
  const interrupts = ids.map((id) => openInterrupt(approval(id), null));
  render(
    <Messages
      chat={setUp().store}
      state={{ ...EMPTY_CHAT, agent: "clerk", interrupts }}
      nameOf={() => "Clerk"}
      showUsage={false}
      onEdit={() => true}
      onRegenerate={() => undefined}
    />,
  );
  return screen.getAllByRole("region").map((card) => card.getAttribute("aria-labelledby"));
}

const nameOf = (labels: string | null) =>
  (labels ?? "")
    .split(" ")
    .map((id) => document.getElementById(id)?.textContent ?? "")
    .join(" ")
    .trim();

it.each([
  ["English", {}, "en"],
  ["German", german, "de"],
])("gives two cards of one tool different names in %s", (_, catalogue, tag) => {
  setCatalogue(catalogue, tag);
  const names = show(["1001", "1002"]).map(nameOf);
  expect(new Set(names).size).toBe(2);
  expect(names[1]).toMatch(/2 \/ 2$/);
});

it("does not count a single card", () => {
  expect(show(["1001"]).map(nameOf)[0]).not.toMatch(/\d \/ \d/);
});
