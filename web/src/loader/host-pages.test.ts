// Host pages that change built-ins, move the widget or replace their content.
import { describe, expect, it, vi } from "vitest";
import { optionsOf } from "./options";
import { chat, frameIn, loadFrame, mount, ORIGIN } from "./test-widget";
import { keepMounted } from "./widget";

describe("other people's pages", () => {
  it("starters survive a library that changes how arrays become JSON", () => {
    Object.assign(Array.prototype, { toJSON: () => "[]" });
    mount({ starters: ["A", "B"] });
    const { init } = loadFrame();
    Reflect.deleteProperty(Array.prototype, "toJSON");
    expect(init.starters).toEqual(["A", "B"]);
  });

  it("what a page adds to Object.prototype is not an option", () => {
    Object.assign(Object.prototype, { mode: "bubble", siteId: "noise", starters: ["noise"] });
    try {
      mount({});
      const { init } = loadFrame();
      expect(frameIn(chat()).src).not.toContain("noise");
      expect(init.starters).toEqual([]);
      expect(optionsOf(document.createElement("script").dataset)).toBeNull();
    } finally {
      for (const name of ["mode", "siteId", "starters"]) {
        Reflect.deleteProperty(Object.prototype, name);
      }
    }
  });

  it("reactive options, as proxies, do not stop the handshake", () => {
    mount(
      new Proxy({ starters: new Proxy(["One"], {}), show: new Proxy({ notes: false }, {}) }, {}),
    );
    expect(loadFrame().init).toMatchObject({ starters: ["One"], show: { notes: false } });
  });

  it("destroys a widget whose node is gone, and can be mounted again", async () => {
    const handle = mount();
    const rejected = expect(handle.ready).rejects.toThrow("Destroyed");
    chat().replaceWith(Object.assign(document.createElement("main"), { id: "chat" }));
    await rejected;
    mount();
    expect(chat().children).toHaveLength(1);
  });

  it("keeps a widget whose target is moved", async () => {
    const handle = mount();
    document.body.append(chat());
    await Promise.resolve();
    await Promise.resolve();
    handle.close();
    expect(handle.getState().open).toBe(false);
  });

  it("a widget of attributes comes back once when the page swaps its body", async () => {
    keepMounted(ORIGIN, { target: "#chat" });
    const swap = () => {
      const body = document.createElement("body");
      body.innerHTML = '<main id="chat"></main>';
      document.body.replaceWith(body);
    };
    swap();
    await vi.waitFor(() => expect(chat().children).toHaveLength(1));
    swap();
    await vi.waitFor(() => expect(chat().children).toHaveLength(1));
    mount().destroy();
    chat().remove();
  });
});
