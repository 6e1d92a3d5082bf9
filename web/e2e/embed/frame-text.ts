// Looks into a page's cross-site frame after the back/forward cache gave the page back: the driver
// has lost sight of such frames by then, the browser's own protocol has not.
import type { CDPSession, Page } from "@playwright/test";

interface Reply {
  result?: { result: { value: unknown } };
}

/** The text of what `selector` finds in the frame of `origin`. */
export async function frameText(page: Page, origin: string, selector: string): Promise<string> {
  const session = await page.context().newCDPSession(page);
  try {
    const target = await findFrame(session, origin);
    const code = `document.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`;
    const message = { id: 1, method: "Runtime.evaluate", params: { expression: code } };
    const reply = new Promise<Reply>((resolve) => {
      session.on("Target.receivedMessageFromTarget", ({ message }) =>
        resolve(JSON.parse(message) as Reply),
      );
    });
    await session.send("Target.sendMessageToTarget", {
      sessionId: target,
      message: JSON.stringify(message),
    });
    return String((await reply).result?.result.value ?? "");
  } finally {
    await session.detach();
  }
}

async function findFrame(session: CDPSession, origin: string): Promise<string> {
  const found = new Promise<string>((resolve) => {
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      if (targetInfo.type === "iframe" && targetInfo.url.startsWith(origin)) resolve(sessionId);
    });
  });
  await session.send("Target.setAutoAttach", {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  return found;
}
