// The one error of these clients: a problem that the API answered, or no answer at all.

import type { FieldError, ProblemCode } from "./types.js";

/**
 * `unavailable`: the API says that another attempt is safe. `internal`: a fault. `network`: the API could not be reached.
 * `timeout`: it did not answer in time. After the last three, the work may be done.
 */
export type ErrorCode = ProblemCode | "network" | "timeout";

/** What went wrong with a call. Switch on `code`. */
export class MomentsError extends Error {
  override readonly name = "MomentsError";

  constructor(
    /** What kind of problem, for programs. */
    readonly code: ErrorCode,
    /** The HTTP status, 0 without an answer. */
    readonly status: number,
    /** The mistake and how to correct it, for people. */
    readonly detail: string,
    /** Every wrong field, with a JSON pointer into the body. */
    readonly errors: FieldError[] = [],
    /** Names the request in the logs of the API. */
    readonly requestId: string | null = null,
    /** How many seconds to wait before another attempt, if the API said so. */
    readonly retryAfterSeconds: number | null = null,
    cause?: unknown,
  ) {
    super([`${code}: ${detail}`, ...errors.map((error) => `${error.pointer}: ${error.detail}`)].join("; "), { cause });
  }
}

// API Gateway answers some calls by itself, without a code. Its 503 and 504 are no `unavailable`: the work may be done.
const CODES: Record<number, ErrorCode> = {
  400: "invalid",
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "state_conflict",
  413: "too_large",
  415: "unsupported_media_type",
  429: "rate_limited",
};

/** Returns the error that a status and a body stand for: a problem document, or the `{message}` of API Gateway. */
export function errorOf(
  status: number,
  body: unknown,
  header: (name: string) => string | null = () => null,
): MomentsError {
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return new MomentsError(
    (text(said["code"]) as ErrorCode | null) ?? CODES[status] ?? (status < 500 ? "invalid" : "internal"),
    status,
    text(said["detail"]) ?? text(said["message"]) ?? `HTTP ${status}`,
    Array.isArray(said["errors"]) ? (said["errors"] as FieldError[]) : [],
    text(said["request_id"]) ?? header("apigw-requestid"),
    secondsOf(header("retry-after")),
  );
}

/** True if another attempt may help and is safe: the API says so, or doing the work twice changes nothing (`repeatable`). */
export function mayRepeat(error: MomentsError, repeatable: boolean): boolean {
  if (error.status === 429 || error.code === "unavailable") return true;
  return repeatable && (error.status === 0 || error.status >= 500);
}

/** Reads `Retry-After`: seconds, or a date. */
function secondsOf(value: string | null): number | null {
  if (!value) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}
