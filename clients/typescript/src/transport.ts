// One call to the API: its URL, its time limit, its attempts. Both clients use it; it knows no route.

import { errorOf, mayRepeat, MomentsError } from "./errors.js";

/** Options of one call. */
export interface CallOptions {
  /** Ends the call, also between attempts: it then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The time for each attempt, in milliseconds. */
  timeoutMs?: number | undefined;
  /** How often a failed attempt is repeated. */
  retries?: number | undefined;
}

/** Options of a client. */
export interface TransportOptions {
  /** Where the API is, such as `https://api.example` or `http://localhost:3000`. */
  baseUrl: string;
  /** The time for each attempt, in milliseconds; 10,000 by default. */
  timeoutMs?: number;
  /** How often a failed attempt is repeated; 3 by default. */
  retries?: number;
  /** Another `fetch`, for tests. */
  fetch?: typeof fetch;
  /** How to wait between attempts, for tests. */
  wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** What a call sends. */
export interface Call extends CallOptions {
  path?: object | undefined;
  query?: object | undefined;
  body?: unknown;
  /** False if another attempt could do the work twice. It then follows only where the API says that it is safe. */
  repeatable?: boolean;
}

/** Longer than a request of a user or of another server can usually wait. */
const LONGEST_PAUSE_MS = 30_000;
const PAUSE_MS = 200;

export class Transport {
  constructor(
    private readonly options: TransportOptions,
    /** The header that authenticates. After a 401 it is asked once more, with the header that was refused. */
    private readonly credential: (refused?: string) => Promise<[name: string, value: string]>,
    /** True if a 401 may be answered with a new credential. */
    private readonly renews: boolean,
  ) {}

  /** Makes a call, and repeats it if that is safe and may help. Throws a `MomentsError`, or the reason of the signal. */
  async send(method: string, path: string, call: Call = {}): Promise<unknown> {
    const url = this.options.baseUrl.replace(/\/+$/, "") + filled(path, call.path) + searchOf(call.query);
    let [name, value] = await this.credential();
    let renewed = !this.renews;
    for (let attempt = 0; ; attempt++) {
      call.signal?.throwIfAborted();
      try {
        return await this.attempt(method.toUpperCase(), url, { [name]: value }, call);
      } catch (error) {
        if (!(error instanceof MomentsError)) throw error;
        if (error.status === 401 && !renewed) {
          renewed = true;
          [name, value] = await this.credential(value);
          attempt--;
          continue;
        }
        if (attempt >= this.retries(call) || !mayRepeat(error, call.repeatable !== false)) throw error;
        await this.pause(error, attempt, call.signal);
      }
    }
  }

  /** How often a call is repeated. */
  retries(call: CallOptions): number {
    return call.retries ?? this.options.retries ?? 3;
  }

  /** Waits before the next attempt. Throws the error if the API asks for a long wait. */
  async pause(error: MomentsError, attempt: number, signal?: AbortSignal): Promise<void> {
    const asked = (error.retryAfterSeconds ?? 0) * 1000;
    if (asked > LONGEST_PAUSE_MS) throw error;
    // Full jitter above what the API asks for: clients that failed together do not come back together.
    await (this.options.wait ?? wait)(asked + Math.random() * PAUSE_MS * 2 ** attempt, signal);
  }

  private async attempt(method: string, url: string, headers: Record<string, string>, call: Call): Promise<unknown> {
    // Not `AbortSignal.any`, which browsers of 2023 lack.
    const controller = new AbortController();
    const abort = () => controller.abort();
    call.signal?.addEventListener("abort", abort);
    let late = false;
    const milliseconds = call.timeoutMs ?? this.options.timeoutMs ?? 10_000;
    const timer = setTimeout(() => ((late = true), abort()), milliseconds);
    const send = this.options.fetch ?? fetch;
    const init: RequestInit = { method, headers, signal: controller.signal };
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    let response: Response, text: string;
    try {
      response = await send(url, init);
      text = await response.text();
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw late
        ? new MomentsError("timeout", 0, `no answer within ${milliseconds} ms`, [], null, null, cause)
        : new MomentsError("network", 0, "the API could not be reached", [], null, null, cause);
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", abort);
    }
    const body = parsed(text);
    if (!response.ok) throw errorOf(response.status, body, (header) => response.headers.get(header));
    return body;
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fills `{name}` in a path. */
function filled(path: string, values: object = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String((values as Record<string, unknown>)[name] ?? "");
    // A URL has no way to write these as one step of a path: `/v1/users/../rewards` is `/v1/rewards`.
    if (value === "" || value === "." || value === "..") throw new TypeError(`"${value}" cannot be ${name} in a path`);
    return encodeURIComponent(value);
  });
}

function searchOf(query: object = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value != null) search.set(name, String(value));
  // Not `search.size`, which Safari before 17 lacks.
  const text = String(search);
  return text && `?${text}`;
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => (clearTimeout(timer), reject(signal?.reason));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", abort), resolve()), milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
