// A shop's server: it reports deposits, shows rewards, signs its users' tokens, receives webhooks and serves ../browser.
// It needs MOMENTS_API, MOMENTS_APP, MOMENTS_KEY, TOKEN_KEY (the id), TOKEN_SECRET and WEBHOOK_SECRET, and its own origin
// among the app's cors_origins: ../README.md has the commands.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Moments, signUserToken } from "../../clients/typescript/dist/index.js"; // "moments-client"
import { verifyWebhook } from "../../clients/typescript/dist/webhooks.js"; // "moments-client/webhooks"

const { env } = process;
const moments = new Moments({ baseUrl: env.MOMENTS_API, key: env.MOMENTS_KEY });
const signedIn = () => "ada"; // your own session says who it is
const file = (path) => readFile(new URL(path, import.meta.url), "utf8");
const indexPage = async () =>
  (await file("../browser/index.html")).replace(/MOMENTS_API|MOMENTS_APP/g, (name) => env[name]);

const routes = {
  "POST /deposits": async (body) => {
    // With the deposit's own id it counts once, however often it is reported.
    const moment = { user_id: signedIn(), action: "deposit", event_id: JSON.parse(body).deposit_id };
    const { outcomes } = await moments.reportMoment(moment);
    const rewarded = outcomes.find(({ outcome }) => outcome === "rewarded");
    return ["application/json", JSON.stringify({ reward: rewarded?.reward.name })];
  },
  "GET /rewards": async () => {
    const { data } = await moments.rewards(signedIn());
    return ["application/json", JSON.stringify(data.map(({ name, redeem_url }) => ({ name, url: redeem_url })))];
  },
  "GET /token": async () => {
    const key = { keyId: env.TOKEN_KEY, secret: env.TOKEN_SECRET };
    return ["text/plain", await signUserToken({ app: env.MOMENTS_APP, userId: signedIn(), ...key })];
  },
  "POST /webhooks": async (body, headers) => {
    const { id, event } = await verifyWebhook({ secret: env.WEBHOOK_SECRET, body, headers });
    console.log(event.type, event.data.user_id, id); // deduplicate by the id, and do the work later
    return ["text/plain", ""];
  },
  "GET /": async () => ["text/html", await indexPage()],
  "GET /app.js": async () => ["text/javascript", await file("../browser/app.js")],
  "GET /inbox.js": async () => ["text/javascript", await file("../../clients/typescript/dist/inbox.js")],
};

const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return response.writeHead(404).end();
  try {
    const [type, text] = await route(body, request.headers);
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(text);
  } catch (error) {
    console.error(error);
    response.writeHead(400).end();
  }
});
server.listen(Number(env.PORT ?? 8080), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
