// Types of stack.mjs for the browser tests; stack.mjs says what each thing means.

/** One process of the stack. */
export interface Part {
  name: string;
  /** File that holds both of its outputs. */
  log: string;
  /** The environment of the next start. */
  env: Record<string, string>;
  start(): Promise<void>;
  /** Asks it to end, insists after 16 s; resolves with a sentence about how it ended. */
  stop(): Promise<string>;
  /** Resolves when it has ended. After a terminating signal its end does not count as a crash. */
  kill(signal: NodeJS.Signals): Promise<string>;
}

/** A Redis of the stack's own. */
export interface RedisPart extends Part {
  /** Every key and every value of this moment, uncompressed. */
  snapshot(): Promise<Buffer>;
}

/** A Postgres of the stack's own. */
export interface PostgresPart extends Part {
  /** All that it holds, as SQL. */
  dump(): Buffer;
  /** Rows of one statement, a line each. */
  query(sql: string): string;
  /** The Unix socket that it listens at. */
  socket: string;
  /** A signal to the server and all its backends. */
  signalAll(signal: NodeJS.Signals): void;
}

export interface StackOptions {
  webPort?: number;
  hostPort?: number;
  /** Default true: the scripted provider answers; false: OPENAI_BASE_URL of `env`. */
  scripted?: boolean;
  /** True: the plant shop's MCP server runs, and its Clerk answers. Default false. */
  shop?: boolean;
  /** How long a call at the shop takes, in milliseconds. Default 0. */
  shopPause?: number;
  /** API processes behind nginx. Default 1. */
  replicas?: number;
  /** True: a Redis and a Postgres of the stack's own. Default: everything in memory. */
  stores?: boolean;
  /** Starts a proxy before the own Postgres; gives the address that the API uses. */
  beforePostgres?: (socket: string) => Promise<string>;
  /** True: a SQLite file of the stack's own. */
  sqlite?: boolean;
  /** More configuration of the API. */
  env?: Record<string, string>;
  /** More variables of nginx.conf. */
  nginx?: Record<string, string>;
  /** Key that the host page's backend brings, and `Stack.apiKey`. Default: a new `sk-test-…`. */
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
  /** A key that the scripted provider takes. */
  apiKey: string;
  /** Everything written while it runs; gone after `stop`. */
  folder: string;
  logs: string;
  provider: (Part & { url: string }) | null;
  shop: (Part & { url: string }) | null;
  apis: (Part & { url: string; address: string })[];
  redis: RedisPart | null;
  postgres: PostgresPart | null;
  nginx: Part;
  /** Resolves with a sentence when a part ends by itself. */
  crashed: Promise<string>;
  stop(): Promise<void>;
}

export function startStack(options?: StackOptions): Promise<Stack>;
