import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { Alert } from "./alert";
import { Button } from "./button";
import { Combobox } from "./combobox";
import { CopyButton } from "./copy-button";
import { CrashGuard } from "./crash-guard";
import { Dialog } from "./dialog";
import { Drawer } from "./drawer";
import { IconButton } from "./icon-button";
import { Menu } from "./menu";
import { announce, StatusRegion } from "./status-region";
import { TextField } from "./text-field";

describe("Button", () => {
  it("keeps its focus and does nothing while busy", async () => {
    const pressed = vi.fn();
    render(
      <Button busy onClick={pressed}>
        Save
      </Button>,
    );
    const button = screen.getByRole("button", { name: "Save" });
    await userEvent.click(button);
    expect(pressed).not.toHaveBeenCalled();
    expect(document.activeElement).toBe(button);
    expect(button.getAttribute("aria-busy")).toBe("true");
  });
});

describe("IconButton", () => {
  it("is named, and its hint goes away on Escape", async () => {
    const user = userEvent.setup();
    render(<IconButton label="Notes" icon={<i />} />);
    await user.hover(screen.getByRole("button", { name: "Notes" }));
    expect(screen.getByText("Notes")).toBeTruthy();
    await user.keyboard("{Escape}");
    expect(screen.queryByText("Notes")).toBeNull();
  });
});

describe("TextField", () => {
  it("ties its hint and what is wrong to the field", () => {
    render(<TextField label="Name" hint="As you like." error="Enter a name." />);
    const field = screen.getByLabelText("Name");
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ");
    expect(described.map((id) => document.getElementById(id)?.textContent)).toEqual([
      "As you like.",
      "Enter a name.",
    ]);
    expect(field.getAttribute("aria-invalid")).toBe("true");
  });
});

describe("Alert", () => {
  it("speaks up for errors alone", () => {
    render(
      <>
        <Alert>Broken.</Alert>
        <Alert tone="success">Saved.</Alert>
      </>,
    );
    expect(screen.getByRole("alert").textContent).toBe("Broken.");
    expect(screen.getByRole("status").textContent).toBe("Saved.");
  });
});

function WithDialog({ drawer = false }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Open
      </button>
      {drawer ? (
        <Drawer open={open} onClose={close} label="Notes">
          Inside
        </Drawer>
      ) : (
        <Dialog open={open} onClose={close} title="Sure?" actions={<Button>No</Button>}>
          Inside
        </Dialog>
      )}
    </>
  );
}

describe.each([
  ["Dialog", false, "Sure?"],
  ["Drawer", true, "Notes"],
])("%s", (_what, drawer, name) => {
  it("is named, closes on Escape and gives the focus back", async () => {
    render(<WithDialog drawer={drawer} />);
    const opener = screen.getByRole("button", { name: "Open" });
    await userEvent.click(opener);
    const dialog = screen.getByRole("dialog", { name });
    // The event of a browser for Escape.
    fireEvent(dialog, new Event("cancel", { cancelable: true }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.activeElement).toBe(opener);
  });

  it("closes on a press outside of it, but not on one that began inside", async () => {
    render(<WithDialog drawer={drawer} />);
    await userEvent.click(screen.getByRole("button", { name: "Open" }));
    const dialog = screen.getByRole("dialog", { name });
    const outside = { clientX: 900, clientY: 900 };
    fireEvent.pointerDown(screen.getByText("Inside"));
    fireEvent.click(dialog, outside);
    expect(screen.queryByRole("dialog")).toBeTruthy();
    fireEvent.pointerDown(dialog, outside);
    fireEvent.click(dialog, outside);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("Menu", () => {
  const setup = () => {
    const chosen = vi.fn();
    const items = ["Rename", "Delete", "Download"].map((label) => ({
      label,
      onSelect: () => chosen(label),
    }));
    render(<Menu label="Thread actions" icon={<i />} items={items} />);
    return { chosen, user: userEvent.setup(), opener: screen.getByRole("button") };
  };
  const focused = () => document.activeElement?.textContent;

  it("moves by arrows, ends and letters, and chooses by Enter", async () => {
    const { chosen, user, opener } = setup();
    opener.focus();
    await user.keyboard("{ArrowDown}");
    expect(screen.getByRole("menu", { name: "Thread actions" })).toBeTruthy();
    expect(opener.getAttribute("aria-expanded")).toBe("true");
    expect(focused()).toBe("Rename");
    await user.keyboard("{ArrowUp}");
    expect(focused()).toBe("Download");
    await user.keyboard("{Home}{ArrowDown}");
    expect(focused()).toBe("Delete");
    await user.keyboard("d");
    expect(focused()).toBe("Download");
    await user.keyboard("{Enter}");
    expect(chosen).toHaveBeenCalledWith("Download");
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(opener);
  });

  it("closes on Escape, which goes no further, and on a press outside it", async () => {
    const { chosen, user, opener } = setup();
    const beyond = vi.fn();
    document.addEventListener("keydown", beyond);
    await user.click(opener);
    beyond.mockClear();
    await user.keyboard("{Escape}");
    document.removeEventListener("keydown", beyond);
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(opener);
    await user.click(opener);
    await user.click(document.body);
    expect(screen.queryByRole("menu")).toBeNull();
    expect(chosen).not.toHaveBeenCalled();
  });
});

const OPTIONS = ["one", "two", "three"].map((value) => ({ value }));

function Host() {
  const [value, setValue] = useState("two");
  return <Combobox label="Model" value={value} onChange={setValue} options={OPTIONS} />;
}

describe("Combobox", () => {
  const field = () => screen.getByRole("combobox", { name: "Model" }) as HTMLInputElement;
  const options = () => screen.queryAllByRole("option").map((option) => option.textContent);

  it("shows all until something is typed, then what fits", async () => {
    const user = userEvent.setup();
    render(<Host />);
    await user.click(field());
    expect(options()).toEqual(["one", "two", "three"]);
    await user.clear(field());
    await user.type(field(), "t");
    expect(options()).toEqual(["two", "three"]);
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(
      document.getElementById(field().getAttribute("aria-activedescendant") ?? "")?.textContent,
    ).toBe("three");
    await user.keyboard("{Enter}");
    expect(field().value).toBe("three");
    expect(options()).toEqual([]);
  });

  it("takes a press, and closes on Escape without losing what was typed", async () => {
    const user = userEvent.setup();
    render(<Host />);
    await user.click(field());
    await user.click(screen.getByRole("option", { name: "one" }));
    expect(field().value).toBe("one");
    await user.type(field(), "!");
    await user.keyboard("{Escape}");
    expect(field().value).toBe("!");
    expect(field().getAttribute("aria-expanded")).toBe("false");
  });
});

describe("CopyButton", () => {
  it("copies and says so, under the same name", async () => {
    const user = userEvent.setup();
    render(
      <>
        <StatusRegion />
        <CopyButton text={() => "the text"} />
      </>,
    );
    await user.click(screen.getByRole("button", { name: "Copy" }));
    expect(await navigator.clipboard.readText()).toBe("the text");
    expect(screen.getByRole("status").textContent).toBe("Copied");
    expect(screen.getByRole("button", { name: "Copy" })).toBeTruthy();
  });
});

describe("announce", () => {
  it("says the same words twice as two changes", () => {
    render(<StatusRegion />);
    const region = screen.getByRole("status");
    act(() => announce("Copied now"));
    const first = region.textContent;
    act(() => announce("Copied now"));
    expect(first).toBe("Copied now");
    expect(region.textContent).not.toBe(first);
    expect(region.textContent?.trim()).toBe("Copied now");
  });
});

function Broken(): never {
  throw new Error("a fault");
}

describe("CrashGuard", () => {
  it("says that a page could not be shown", () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    render(
      <CrashGuard>
        <Broken />
      </CrashGuard>,
    );
    expect(screen.getByRole("alert").textContent).toContain("Reload it");
  });
});
