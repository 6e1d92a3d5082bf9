// JSON requests to the API with a single type of error. Listeners of `onSignedOut` are called when
// the session has ended.
import { send } from "./transport";

const TIMEOUT_MS = 30_000;

/** A failed request: `code` is for programs, `message` for the visitor. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait before a retry, if the server said so. */
    readonly retryAfter?: number,
    readonly requestId?: string,
  ) {
    super(message);
  }
}

/** Converts any failure to an `ApiError`; unexpected errors are bugs and get a general message. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, "unexpected", "Something went wrong. Reload the page and try again.");
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  anonymous?: boolean;
}

type Listener = () => void;
const signedOutListeners = new Set<Listener>();

/** Calls `listener` after every 401. Returns a function that stops it. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** `undefined` for 204. Throws `ApiError`. */
export async function request<T>(
  method: string,
  path: string,
  { body, headers, signal, anonymous }: RequestOptions = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers: { Accept: "application/json", ...headers },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  const response = await exchange(path, init, anonymous);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw networkError(error, signal);
  }
}

export function rawFetch(path: string, init: RequestInit = {}): Promise<Response> {
  return exchange(path, init);
}

async function exchange(path: string, init: RequestInit, anonymous = false): Promise<Response> {
  let response: Response;
  try {
    response = await send(path, init, anonymous);
  } catch (error) {
    throw networkError(error, init.signal ?? undefined);
  }
  if (response.ok) return response;
  const failure = await problemOf(response);
  if (failure.code === "not_signed_in") for (const listener of signedOutListeners) listener();
  throw failure;
}

/** The caller's own abort is passed on unchanged. */
function networkError(error: unknown, signal: AbortSignal | undefined): unknown {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "TimeoutError") {
    return new ApiError(0, "timeout", "The server did not answer in time. Try again.");
  }
  if (name === "AbortError" && signal?.aborted) return error;
  return unreachable();
}

export function unreachable(): ApiError {
  return new ApiError(
    0,
    "offline",
    "The server cannot be reached. Check your connection and try again.",
  );
}

async function problemOf(response: Response): Promise<ApiError> {
  const retryAfter = parseRetryAfter(response.headers.get("Retry-After"));
  const requestId = response.headers.get("X-Request-Id") ?? undefined;
  let problem: unknown;
  try {
    problem = await response.json();
  } catch {
    problem = null;
  }
  const { code, detail } = (typeof problem === "object" && problem !== null ? problem : {}) as {
    code?: unknown;
    detail?: unknown;
  };
  return new ApiError(
    response.status,
    typeof code === "string" ? code : `http_${response.status}`,
    typeof detail === "string" && detail !== ""
      ? detail
      : "Something went wrong on the way to the server. Try again in a moment.",
    retryAfter,
    requestId,
  );
}

/** RFC 9110 10.2.3: a number of seconds, or a date. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}
