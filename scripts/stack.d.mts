// Types of stack.mjs for the browser tests.

export interface Part {
  name: string;
  log: string;
  /** The environment of the next start. */
  env: Record<string, string>;
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL after 16 s; resolves with a sentence about how it ended. */
  stop(): Promise<string>;
  /** Resolves when it has ended. After a terminating signal this does not count as a crash. */
  kill(signal: NodeJS.Signals): Promise<string>;
}

export interface RedisPart extends Part {
  /** All keys and values at this moment, uncompressed. */
  snapshot(): Promise<Buffer>;
}

export interface PostgresPart extends Part {
  /** Its whole contents as SQL. */
  dump(): Buffer;
  /** Rows of one statement, a line each. */
  query(sql: string): string;
  socket: string;
  /** Signals the server and all its backends. */
  signalAll(signal: NodeJS.Signals): void;
}

export interface StackOptions {
  webPort?: number;
  hostPort?: number;
  /** Default true: the scripted provider answers; false: OPENAI_BASE_URL of `env`. */
  scripted?: boolean;
  /** Whether the plant shop's MCP server runs and its Clerk answers. Default false. */
  shop?: boolean;
  /** Duration of a call at the shop in milliseconds. Default 0. */
  shopPause?: number;
  /** API processes behind nginx. Default 1. */
  replicas?: number;
  /** Whether the stack has its own Redis and Postgres. Default: everything in memory. */
  stores?: boolean;
  /** Starts a proxy before the stack's Postgres; returns the address for the API. */
  beforePostgres?: (socket: string) => Promise<string>;
  /** Whether the stack has its own SQLite file. */
  sqlite?: boolean;
  env?: Record<string, string>;
  nginx?: Record<string, string>;
  /** The key that the host page's backend sends, and `Stack.apiKey`. Default: a new `sk-test-…`. */
  apiKey?: string;
  /** Folder of the built programs in target/. Default "debug". */
  profile?: string;
}

export interface Stack {
  /** `http://127.0.0.1:P`: the chat, through nginx. */
  appOrigin: string;
  /** `http://localhost:Q`: web/e2e/host, another site than the app. */
  hostOrigin: string;
  webPort: number;
  passcode: string;
  /** The secret with which the host page's backend issues client secrets. */
  siteSecret: string;
  /** A key that the scripted provider accepts. */
  apiKey: string;
  /** The stack's files; deleted by `stop`. */
  folder: string;
  logs: string;
  provider: (Part & { url: string }) | null;
  shop: (Part & { url: string }) | null;
  apis: (Part & { url: string; address: string })[];
  redis: RedisPart | null;
  postgres: PostgresPart | null;
  nginx: Part;
  /** Resolves with a sentence when a part ends unexpectedly. */
  crashed: Promise<string>;
  stop(): Promise<void>;
}

export function startStack(options?: StackOptions): Promise<Stack>;
