// Reports events of the chat to the host page, without message text.
import type { ChatEvent } from "../../protocol/widget-messages";
import type { HostLink } from "./host-link";

export class HostReporter {
  private isSignedIn = false;
  private isOpen = true;
  private unread = 0;

  constructor(private readonly link: HostLink) {}

  session(isSignedIn: boolean): void {
    if (isSignedIn === this.isSignedIn) return;
    this.isSignedIn = isSignedIn;
    if (isSignedIn) this.link.emit("signedin", {}, { signedIn: true });
    else this.link.emit("signedout", {}, { signedIn: false, running: false });
  }

  /** Answers that arrive while the chat is closed are unread. */
  layout(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen) this.count(0);
  }

  chat(event: ChatEvent): void {
    // Field by field, so that nothing else in an event leaves the frame.
    switch (event.type) {
      case "agent": {
        const { agent } = event;
        this.link.emit("agent", { agent }, { agent });
        break;
      }
      case "runstart": {
        const { threadId, runId } = event;
        this.link.emit("runstart", { threadId, runId }, { running: true });
        break;
      }
      case "runend": {
        const { threadId, runId, status } = event;
        this.link.emit("runend", { threadId, runId, status }, { running: false });
        const isAnswer = status === "completed" || status === "interrupted";
        if (isAnswer && !this.isOpen) this.count(this.unread + 1);
        break;
      }
      case "threadchange": {
        const { threadId } = event;
        this.link.emit("threadchange", { threadId }, { threadId });
        break;
      }
      case "error":
        this.link.fail(event.code, event.message);
    }
  }

  private count(unread: number): void {
    if (unread === this.unread) return;
    this.unread = unread;
    this.link.emit("unread", { unread }, { unread });
  }
}
