// Sessions that the host page signs in, by client secrets from its own backend.
import { readTab, writeTab } from "../../api/tab-storage";
import { setBearerToken } from "../../api/transport";
import type { HostLink } from "./host-link";

const PAGE = "so.page";
/** A session that ends by itself sooner was never kept by this browser. */
const SHORTEST_MS = 3_000;

export class SecretSession {
  private signedInAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly link: HostLink,
    private readonly signInWith: (credentials: { client_secret: string }) => Promise<void>,
    /** Tells this load of the host page from an earlier one. */
    private readonly page: string,
    private readonly now: () => number,
  ) {}

  /** Signs in also where a session is alive: only the host page knows who its visitor is now. */
  async signIn(): Promise<void> {
    const secret = await this.link.requestSecret();
    this.spareSiblings();
    await this.signInWith({ client_secret: secret });
    this.signedInAt = this.now();
  }

  /** The browser kept neither cookie nor token of the last sign-in. */
  wasNotKept(): boolean {
    return this.now() - this.signedInAt < SHORTEST_MS;
  }

  /**
   * Where no cookie sticks, the frames of one page share the place of the token, but each has its
   * own session: signing in ends the session of an earlier page, not that of a sibling.
   */
  private spareSiblings(): void {
    const isFirst = this.signedInAt === Number.NEGATIVE_INFINITY;
    if (isFirst && readTab(PAGE) === this.page) setBearerToken(null);
    writeTab(PAGE, this.page);
  }
}
