// Turns decisions on cards into a resume: collects the visitor's choices, runs the page's tools,
// and sends all answers.
import type { InterruptAnswer } from "../../api/chat";
import {
  allAnswers,
  type Choice,
  choose,
  decided,
  nextPageTool,
  type OpenInterrupt,
} from "./interrupts";
import { beginPageTool } from "./page-tool-marks";
import { PageToolError, type PageToolResult, type PageTools, pageToolName } from "./page-tools";

const TOOL_MS = 60_000;
/** How long another tab has to run a page tool before this one offers to. */
const CLAIM_MS = 60_000;

export interface DeskOptions {
  page: PageTools;
  interrupts: () => readonly OpenInterrupt[];
  update: (open: OpenInterrupt) => void;
  resume: (answers: InterruptAnswer[]) => void;
}

export class InterruptDesk {
  private tool: AbortController | null = null;
  private claim: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: DeskOptions) {}

  choose(interruptId: string, choice: Choice): void {
    const open = this.options.interrupts().find(({ interrupt }) => interrupt.id === interruptId);
    if (!open || open.step === "decided" || open.step === "running") return;
    this.options.update(choose(open, choice));
    this.advance();
  }

  /** Does what needs no choice of the visitor. Called whenever interrupts change. */
  advance(): void {
    const interrupts = this.options.interrupts();
    this.watchElsewhere(interrupts);
    if (this.tool) return;
    const next = nextPageTool(interrupts);
    if (next) {
      void this.run(next);
      return;
    }
    const answers = allAnswers(interrupts);
    if (answers) this.options.resume(answers);
  }

  /** Stops waiting and running: the user left the thread or the interrupts were cancelled. */
  leave(): void {
    clearTimeout(this.claim);
    this.claim = undefined;
    this.tool?.abort();
    this.tool = null;
  }

  private async run(open: OpenInterrupt): Promise<void> {
    const { id, tool, arguments: args } = open.interrupt;
    const control = new AbortController();
    this.tool = control;
    const isOurs = await beginPageTool(id);
    if (this.tool !== control) return;
    if (!isOurs) {
      this.tool = null;
      this.options.update({ ...open, step: "elsewhere" });
      this.advance();
      return;
    }
    this.options.update({ ...open, step: "running" });
    const result = await this.result(pageToolName(tool), args, control);
    if (this.tool !== control) return;
    this.tool = null;
    this.options.update(
      decided(open, { interrupt_id: id, status: "resolved", payload: payloadOf(result) }),
    );
    this.advance();
  }

  private async result(
    name: string,
    args: Record<string, unknown>,
    control: AbortController,
  ): Promise<PageToolResult> {
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => {
        reject(new PageToolError("The page did not answer within 60 seconds."));
        control.abort();
      }, TOOL_MS);
      control.signal.addEventListener("abort", () => clearTimeout(timer));
    });
    try {
      return await Promise.race([this.options.page.run(name, args, control.signal), late]);
    } catch (cause) {
      const error =
        cause instanceof PageToolError ? cause : new PageToolError("The page's tool failed.");
      return { error: error.message };
    } finally {
      if (this.tool === control) control.abort();
    }
  }

  /** Offers to run a page tool that another tab has not run in time. */
  private watchElsewhere(interrupts: readonly OpenInterrupt[]): void {
    if (this.claim !== undefined || !interrupts.some(({ step }) => step === "elsewhere")) return;
    this.claim = setTimeout(() => {
      this.claim = undefined;
      const offered = new Set(this.options.page.list().map(({ name }) => name));
      for (const open of this.options.interrupts()) {
        if (open.step !== "elsewhere" || !offered.has(pageToolName(open.interrupt.tool))) continue;
        this.options.update({ ...open, step: "claimable" });
      }
    }, CLAIM_MS);
  }
}

/** JSON has no `undefined`, which tools without a result return. */
function payloadOf(result: PageToolResult): Record<string, unknown> {
  return "error" in result ? { error: result.error } : { result: result.result ?? null };
}
