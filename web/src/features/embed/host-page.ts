// What the page around the frame offers to agents: its tools and its context, over the handshake's
// port alone. The chat sends them along with messages and has the tools run.
import type { HostCommand, HostLink } from "./host-link";
import { admitTools, checkResult, contextText, type OfferedTool } from "./tool-limits";

const RUN_MS = 60_000;
const NOTHING = { tools: [] as OfferedTool[], hasContext: false };

export class HostPage {
  private link: HostLink | null = null;
  private offer = NOTHING;

  /** Unconnected, as in a plain frame, it offers nothing. */
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
    if (answer?.type === "toolFailed") return { error: answer.message };
    return { error: "the tool did not finish within 60 s" };
  }

  private readonly warn = (message: string): void => {
    this.link?.fail("page_offer", message);
  };
}
