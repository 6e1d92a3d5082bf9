// A browser driven by W3C WebDriver commands, over HTTP (WebKit's driver) or Firefox's socket.

import { setTimeout as pause } from "node:timers/promises";

import { eventually } from "../lib/eventually.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const POLL_MS = 300;

/**
 * @typedef {object} Driver
 * @property {(url: string) => Promise<void>} navigate
 * @property {(script: string, args: unknown[]) => Promise<unknown>} execute
 * @property {(element: object | null) => Promise<void>} switchToFrame null: the top of the page
 * @property {() => Promise<void>} end
 */

/** Actions and checks in a browser. */
export class Browser {
  /**
   * @param {Driver} driver
   * @param {number} settleMs how long no script may run after a navigation
   */
  constructor(driver, settleMs = 0) {
    this.driver = driver;
    this.settleMs = settleMs;
  }

  async goto(url) {
    await this.driver.switchToFrame(null);
    await this.driver.navigate(url);
    await this.settle();
  }

  settle() {
    // pause: WebKitGTK hangs a page for which a script runs while it loads its modules
    return pause(this.settleMs);
  }

  /** Runs `script` (a function body) in the frame in view. */
  run(script, ...args) {
    return this.driver.execute(script, args);
  }

  /** Polls until the result is truthy; throws with `what` after `limit` milliseconds. */
  async until(what, script, args = [], limit = 30_000) {
    // Scripts fail while their page is unloading.
    let failed = "";
    const probe = () =>
      this.run(script, ...args).catch((error) => {
        failed = `${error}\n`;
      });
    const detail = async () => {
      const text = await this.run("return document.body.innerText").catch(String);
      return `${failed}The page says:\n${text}`;
    };
    return eventually(what, probe, { within: limit, every: POLL_MS, detail });
  }

  /** Enters the frame of the widget in `holder` (a selector), from the top. */
  async enterWidget(holder) {
    await this.driver.switchToFrame(null);
    const frame = await this.until(
      `a frame in ${holder}`,
      `for (const host of document.querySelectorAll(arguments[0])) {
         const frame = host.shadowRoot?.querySelector("iframe");
         if (frame) return frame;
       }`,
      [holder],
    );
    await this.driver.switchToFrame(frame);
    await this.settle();
  }

  leaveFrame() {
    return this.driver.switchToFrame(null);
  }

  /** Clicks the button, link or other control with this name. */
  press(name) {
    return this.until(
      `the button "${name}"`,
      `const roots = [document, ...[...document.querySelectorAll("*")].flatMap((one) => one.shadowRoot ?? [])];
       for (const root of roots) for (const one of root.querySelectorAll("button, a, [role=button]")) {
         const named = one.getAttribute("aria-label") ?? one.textContent.trim();
         if (named === arguments[0] && !one.disabled && one.getClientRects().length > 0) {
           one.click();
           return true;
         }
       }`,
      [name],
    );
  }

  /** Fills the field with this label and dispatches the event that React expects. */
  fill(label, text) {
    return this.until(
      `the field "${label}"`,
      `for (const field of document.querySelectorAll("input, textarea")) {
         const named = field.getAttribute("aria-label") ?? field.labels?.[0]?.textContent.trim();
         if (named !== arguments[0] || field.disabled) continue;
         const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value");
         set.call(field, arguments[1]);
         field.dispatchEvent(new Event("input", { bubbles: true }));
         return field.value === arguments[1];
       }`,
      [label, text],
    );
  }

  /** In the focused element. */
  key(key) {
    return this.run(
      `(document.activeElement ?? document.body).dispatchEvent(
         new KeyboardEvent("keydown", { key: arguments[0], bubbles: true, cancelable: true }))`,
      key,
    );
  }

  sees(text, limit) {
    return this.until(
      `"${text}"`,
      "return document.body.innerText.includes(arguments[0])",
      [text],
      limit,
    );
  }

  end() {
    return this.driver.end();
  }
}

/** The element's id in the protocol, or null. */
export function elementId(value) {
  return value && typeof value === "object" ? (value[ELEMENT] ?? null) : null;
}
