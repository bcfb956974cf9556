// Verifies calls of Moments to an app's webhook, as docs/webhooks.md describes them (Standard Webhooks). It needs only
// WebCrypto, so it runs in Node, Deno, Bun and workers.

import type { webhooks } from "./openapi.js";
import type { EventType } from "./types.js";

export type { EventType } from "./types.js";

type EventOf<T extends EventType> = webhooks[T]["post"]["requestBody"]["content"]["application/json"];

/** What happened. Look at `type` first: TypeScript then knows `data`. */
export type WebhookEvent = { [T in EventType]: EventOf<T> }[EventType];

/** Why a call is refused. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";

  constructor(
    /** `headers`: one is missing. `timestamp`: too old, or in the future. `signature`: none is right. `body`: no JSON. */
    readonly code: "headers" | "timestamp" | "signature" | "body",
    message: string,
  ) {
    super(message);
  }
}

export interface VerifyOptions {
  /** The secret, `whsec_…`. With several, any one may have signed. */
  secret: string | string[];
  /** The raw body. JSON that was parsed and written again has another signature. */
  body: string | Uint8Array;
  /** The headers of the call: those of a `Request`, or Node's `request.headers`. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** How far the timestamp may be off, in seconds; 300 by default. */
  toleranceSeconds?: number;
  /** The time, for tests. */
  now?: Date;
}

/** Returns the id of the call, by which to deduplicate, and the event. Throws a `WebhookError` unless the call is genuine. */
export async function verifyWebhook(options: VerifyOptions): Promise<{ id: string; event: WebhookEvent }> {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => {
    const value = header(options.headers, name);
    if (!value) throw new WebhookError("headers", `the header ${name} is missing`);
    return value;
  }) as [string, string, string];
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : NaN;
  const now = (options.now ?? new Date()).getTime() / 1000;
  if (!(Math.abs(now - seconds) <= (options.toleranceSeconds ?? 300))) {
    throw new WebhookError("timestamp", "the timestamp is too far from now");
  }
  const body = typeof options.body === "string" ? new TextEncoder().encode(options.body) : options.body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  if (!(await isSigned([options.secret].flat(), signatures, signed))) {
    throw new WebhookError("signature", "no signature is right");
  }
  try {
    return { id, event: JSON.parse(new TextDecoder().decode(body)) as WebhookEvent };
  } catch {
    throw new WebhookError("body", "the body is no JSON");
  }
}

/** True if a signature of the header is that of a secret. `crypto.subtle.verify` compares in constant time. */
async function isSigned(secrets: string[], signatures: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const given = signatures
    .split(" ")
    .filter((signature) => signature.startsWith("v1,"))
    .map((signature) => decoded(signature.slice(3)))
    .filter((signature) => signature !== null);
  for (const secret of secrets) {
    const raw = decoded(secret.replace(/^whsec_/, ""));
    if (!raw?.length) throw new TypeError("a webhook's secret is whsec_ and base64");
    const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const signature of given) if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
  }
  return false;
}

function header(headers: VerifyOptions["headers"], name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return (Array.isArray(found) ? found[0] : found) ?? null;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
