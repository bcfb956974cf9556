// Stands in for users' own tokens: maps `/v1/apps/{app}/me/…` to the app's routes, for the user of a token, and answers CORS.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export const SECRET = "the secret of the token key of the tests";

/** Returns the user of a token, or null. */
function userOf(token) {
  const [header, claims, signature] = (token ?? "").split(".");
  const right = createHmac("sha256", SECRET).update(`${header}.${claims}`).digest("base64url");
  if (signature !== right) return null;
  const { sub, exp } = JSON.parse(Buffer.from(claims, "base64url"));
  return exp > Date.now() / 1000 ? sub : null;
}

function mapped(path, user) {
  const of = `/v1/users/${encodeURIComponent(user)}`;
  if (path.startsWith("/campaigns/")) return `/v1${path}`;
  if (path === "/eligibility" || path === "/moments") return `/v1${path}`;
  return of + path;
}

/** Serves the routes of users for one app. `seen` lists the calls; `refuse` may answer one with a status instead. */
export async function startMeProxy(api, app, key) {
  const seen = [];
  const proxy = { seen, refuse: () => null };
  const server = createServer(async (request, response) => {
    response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
    response.setHeader("access-control-allow-headers", "authorization, content-type");
    response.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
    response.setHeader("access-control-max-age", "600");
    if (request.method === "OPTIONS") return response.writeHead(204).end();
    const answer = (status, body, headers) => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    };
    const path = request.url.replace(`/v1/apps/${app}/me`, "");
    const user = userOf(request.headers.authorization?.replace("Bearer ", ""));
    const call = { method: request.method, path, user };
    seen.push(call);
    let body = "";
    for await (const part of request) body += part;
    const refused = proxy.refuse(call);
    const own = path !== request.url;
    if (refused || (own && !user)) return answer(refused ?? 401, JSON.stringify({ code: "unauthenticated" }));
    const headers = { "x-api-key": own ? key : request.headers["x-api-key"] };
    Object.assign(headers, pick(request.headers, "content-type", "if-none-match"));
    if (own && (path === "/eligibility" || path === "/moments")) {
      body = JSON.stringify({ user_id: user, ...JSON.parse(body || "{}") });
    }
    const target = api + (own ? mapped(path, user).replace("around=me", `around=${user}`) : request.url);
    const from = await fetch(target, { method: request.method, headers, body: body || undefined });
    call.status = from.status;
    answer(
      from.status,
      from.status === 304 ? null : await from.text(),
      pick(Object.fromEntries(from.headers), "etag", "cache-control"),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.stop = () => (server.closeAllConnections(), server.close());
  return proxy;
}

function pick(headers, ...names) {
  return Object.fromEntries(names.filter((name) => headers[name]).map((name) => [name, headers[name]]));
}
