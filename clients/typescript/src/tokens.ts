// Signs the short-lived token with which a user's browser calls Moments, with HS256. It is for servers that have no JWT
// library; ES256 needs one, such as `jose`.

export interface UserTokenOptions {
  /** The app's id. */
  app: string;
  /** The user, by the app's own id. */
  userId: string;
  /** The id of the app's token key. */
  keyId: string;
  /** The secret of a token key with the algorithm HS256, as it was shown once. */
  secret: string;
  /** What the token may do; everything by default. */
  scope?: readonly ("read" | "write" | "report" | "privacy")[];
  /** How long the token lives, in seconds; 900 by default, and at most 86,400. */
  expiresInSeconds?: number;
  /** The time, for tests. */
  now?: Date;
}

/** Returns a token that stands for one user. Call it only for a user who is signed in, and only on a server. */
export async function signUserToken(options: UserTokenOptions): Promise<string> {
  const now = Math.floor((options.now ?? new Date()).getTime() / 1000);
  const header = { alg: "HS256", typ: "JWT", kid: options.keyId };
  const claims = {
    sub: options.userId,
    aud: options.app,
    iat: now,
    exp: now + (options.expiresInSeconds ?? 900),
    scope: options.scope?.join(" "),
  };
  const signed = [header, claims].map((part) => encoded(bytesOf(JSON.stringify(part)))).join(".");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(options.secret), algorithm, false, ["sign"]);
  return `${signed}.${encoded(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(signed))))}`;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function encoded(bytes: Uint8Array): string {
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
