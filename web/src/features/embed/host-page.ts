// Tools and context of the host page, over the handshake's port only. The chat sends them along
// with messages and requests runs of the tools.
import type { HostCommand, HostLink } from "./host-link";
import { admitTools, checkResult, contextText, errorText, type OfferedTool } from "./tool-limits";

const RUN_MS = 60_000;
const NOTHING = { tools: [] as OfferedTool[], hasContext: false };

export class HostPage {
  private link: HostLink | null = null;
  private offer = NOTHING;

  /** Without a connection, as in a plain frame, there are none. */
  connect(link: HostLink): void {
    this.link = link;
  }

  update({ tools, hasContext }: Extract<HostCommand, { type: "page" }>): void {
    this.offer = { tools: admitTools(tools, this.warn), hasContext };
  }

  list(): OfferedTool[] {
    return this.offer.tools;
  }

  async context(): Promise<string | null> {
    if (!this.link || !this.offer.hasContext) return null;
    return contextText(await this.link.requestContext(), this.warn);
  }

  async run(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<{ result: unknown } | { error: string }> {
    const answer = await this.link?.callTool(name, args, RUN_MS, signal);
    if (answer?.type === "toolResult") return checkResult(answer.result);
    if (answer?.type === "toolFailed") return { error: errorText(answer.message) };
    return { error: "the tool did not finish within 60 s" };
  }

  private readonly warn = (message: string): void => {
    this.link?.fail("page_offer", message);
  };
}
