// Short names for the wire types, which are generated from the server's description into
// generated.ts.
import type { components } from "./generated";

type Schemas = components["schemas"];

export type Agent = Schemas["Agent"];
export type Interrupt = Schemas["Interrupt"];
export type McpToken = Schemas["McpToken"];
export type McpTokenList = Schemas["McpTokenList"];
export type Message = Schemas["Message"];
export type ModelList = Schemas["ModelList"];
export type NewMcpToken = Schemas["NewMcpToken"];
export type NoticeCode = Schemas["NoticeCode"];
export type Note = Schemas["Note"];
export type NoteList = Schemas["NoteList"];
export type NoteSummary = Schemas["NoteSummary"];
export type RunEvent = Schemas["RunEvent"];
export type RunStatus = Schemas["RunStatus"];
export type Session = Schemas["Session"];
export type Site = Schemas["Site"];
export type Thread = Schemas["Thread"];
export type ThreadDetail = Schemas["ThreadDetail"];
export type ThreadList = Schemas["ThreadList"];
export type ToolCall = Schemas["ToolCall"];
export type Usage = Schemas["Usage"];

/** The session of a signed-in visitor: the half of `Session` with a model, agents and an expiry. */
export type SignedInSession = Extract<Session, { signed_in: true }>;
