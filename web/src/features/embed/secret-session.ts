// Sessions that the host page signs in with client secrets of its backend.
import { readTab, writeTab } from "../../api/tab-storage";
import { setBearerToken } from "../../api/transport";
import type { HostLink } from "./host-link";

const PAGE = "so.page";
/** A session that ends sooner was not kept by this browser. */
const SHORTEST_MS = 3_000;

export class SecretSession {
  private signedInAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly link: HostLink,
    private readonly signInWith: (credentials: { client_secret: string }) => Promise<void>,
    /** Identifies this load of the host page. */
    private readonly page: string,
    private readonly now: () => number,
  ) {}

  /** Signs in even if a session is alive: only the host page knows who the visitor is now. */
  async signIn(): Promise<void> {
    const secret = await this.link.requestSecret();
    this.spareSiblings();
    await this.signInWith({ client_secret: secret });
    this.signedInAt = this.now();
  }

  /** The browser kept neither the cookie nor the token of the last sign-in. */
  wasNotKept(): boolean {
    return this.now() - this.signedInAt < SHORTEST_MS;
  }

  /**
   * Without cookies, the frames of a page share the place of the token, but each has its own
   * session: signing in ends the session of an earlier page, not that of a sibling.
   */
  private spareSiblings(): void {
    const isFirst = this.signedInAt === Number.NEGATIVE_INFINITY;
    if (isFirst && readTab(PAGE) === this.page) setBearerToken(null);
    writeTab(PAGE, this.page);
  }
}
