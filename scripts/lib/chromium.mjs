// The Chromium that the browser tests, the screenshots and the measurements launch: Debian's
// headless shell. It has the same engine as the full browser and takes half its CPU time.
// CHROMIUM names another one.
export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium-headless-shell";

/** The full browser, which alone has the back/forward cache. */
export const fullChromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Chromium's own sandbox does not start for root, as in a container. */
export const chromiumArgs = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
