// Requests that the server may not have, by thread: kept in the tab until their run is known, so
// that a reload can send the same bytes again under the same key.
import { TabRecord } from "../../api/tab-record";
import { conversationName } from "./conversation-name";

export interface KeptRequest {
  key: string;
  body: string;
  text: string | null;
  replaceFrom: string | null;
}

const record = new TabRecord("so.outbox", isKeptRequest);

export function keptRequest(threadId: string | null): KeptRequest | null {
  return record.read(conversationName(threadId));
}

export function keepRequest(threadId: string | null, request: KeptRequest): void {
  const { key, body, text, replaceFrom } = request;
  record.write(conversationName(threadId), { key, body, text, replaceFrom });
}

export function dropRequest(threadId: string | null): void {
  record.remove(conversationName(threadId));
}

export function forgetRequests(): void {
  record.clear();
}

function isKeptRequest(value: unknown): value is KeptRequest {
  if (typeof value !== "object" || value === null) return false;
  const { key, body, text } = value as Partial<Record<keyof KeptRequest, unknown>>;
  const isText = text === null || typeof text === "string";
  return typeof key === "string" && typeof body === "string" && isText;
}
