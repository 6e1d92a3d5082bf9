// Polls a condition until it holds.
import { setTimeout as pause } from "node:timers/promises";

/**
 * Calls `probe` until it returns something truthy, and returns that.
 * @template T
 * @param {string} what the condition, for the error
 * @param {() => T | Promise<T>} probe
 * @param {{ within?: number, every?: number, detail?: () => unknown }} [options] the limit and the
 *   interval in milliseconds, and what else the error says
 * @returns {Promise<T>}
 */
export async function eventually(what, probe, { within = 60_000, every = 20, detail } = {}) {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) {
      const more = detail ? `\n${await detail()}` : "";
      throw new Error(`${what}: not within ${within / 1000} s${more}`);
    }
    // pause: between two polls
    await pause(every);
  }
}
