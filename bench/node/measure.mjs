// The comparable design of docs/cost.md: the same conditional update, and the same transaction for an award, from Node.js
// with version 3 of the AWS SDK. Prints the processor time of each and the peak memory. From the root:
//
//   cargo run --release -- local --ephemeral --database-only --port 8765
//   npm install --prefix bench/node --no-package-lock && node bench/node/measure.mjs http://127.0.0.1:8765
//
// Without Lambda's runtime, a handler or checks: a lower bound for such a function.

import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { createHash } from "node:crypto";

const [endpoint, requests = 2000] = process.argv.slice(2);
if (!endpoint) {
  console.error("usage: node measure.mjs ENDPOINT [REQUESTS], with the endpoint of `moments local --database-only`");
  process.exit(2);
}
const TableName = "moments";
const WARM_UP = 200;
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
const S = (text) => ({ S: String(text) });
const N = (number) => ({ N: String(number) });

// An event as from API Gateway, so that the time includes reading and writing JSON.
const event = (body) => JSON.stringify({ version: "2.0", routeKey: "POST /v1/moments", body: JSON.stringify(body) });

async function momentInProgress(n) {
  const { user_id, event_id } = JSON.parse(JSON.parse(event({ user_id: `user-${n % 50}`, event_id: `event-${n}` })).body);
  const fingerprint = createHash("sha256").update(event_id).digest().subarray(0, 8);
  const answer = await client.send(new UpdateItemCommand({
    TableName,
    Key: { pk: S(`NODE#${user_id}`), sk: S("PROGRESS#season#deposits") },
    UpdateExpression:
      "SET updated_at = :now, counted = if_not_exists(counted, :zero) + :quantity, " +
      "remaining = if_not_exists(remaining, :target) - :quantity, epoch = :epoch ADD events :events",
    ConditionExpression: "attribute_not_exists(pk) OR (epoch = :epoch AND NOT contains(events, :event) AND remaining > :floor)",
    ExpressionAttributeValues: {
      ":now": N(Date.now()), ":zero": N(0), ":quantity": N(1), ":target": N(1e6), ":epoch": N(1), ":floor": N(0),
      ":event": { B: fingerprint }, ":events": { BS: [fingerprint] },
    },
    ReturnValues: "ALL_OLD",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  }));
  return JSON.stringify({ event_id, count: Number(answer.Attributes?.counted?.N ?? 0) + 1 });
}

async function award(n) {
  const { user_id } = JSON.parse(JSON.parse(event({ user_id: `winner-${n}` })).body);
  await client.send(new TransactWriteItemsCommand({
    TransactItems: [
      { Put: {
        TableName, ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        Item: {
          pk: S(`NODE#${user_id}`), sk: S("REWARD#season#win#1"), reward_state: S("awarded"), currency: S("EUR"), cpa: N(500),
          url: S(`https://gift.example/${n}`), awarded_at: N(Date.now()), gsi1pk: S(`NODE#REWARDS#${n % 16}`), gsi1sk: S(n),
        },
      } },
      { Update: {
        TableName, Key: { pk: S("NODE#LEDGER#0"), sk: S("SLOT") },
        UpdateExpression: "SET remaining = remaining - :cpa, spent = spent + :cpa, awarded = awarded + :one",
        ConditionExpression: "is_open = :true AND remaining >= :cpa",
        ExpressionAttributeValues: { ":cpa": N(500), ":one": N(1), ":true": { BOOL: true } },
      } },
      { Update: {
        TableName, Key: { pk: S(`NODE#CODE#${n}`), sk: S("CODE") },
        UpdateExpression: "SET claimed_by = :reward, claimed_at = :now REMOVE gsi1pk, gsi1sk",
        ConditionExpression: "attribute_exists(gsi1pk) AND attribute_not_exists(claimed_by)",
        ExpressionAttributeValues: { ":reward": S(n), ":now": N(Date.now()) },
      } },
    ],
  }));
  return JSON.stringify({ outcome: "rewarded", url: `https://gift.example/${n}` });
}

async function stock(count) {
  const ledger = { pk: S("NODE#LEDGER#0"), sk: S("SLOT"), remaining: N(1e12), spent: N(0), awarded: N(0), is_open: { BOOL: true } };
  await client.send(new PutItemCommand({ TableName, Item: ledger }));
  for (let n = 0; n < count; n++) {
    const Item = { pk: S(`NODE#CODE#${n}`), sk: S("CODE"), gsi1pk: S(`NODE#STOCK#${n % 16}`), gsi1sk: S(n) };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
}

async function measure(name, handle) {
  for (let n = 0; n < WARM_UP; n++) await handle(n);
  const before = process.cpuUsage();
  for (let n = WARM_UP; n < WARM_UP + Number(requests); n++) await handle(n);
  const { user, system } = process.cpuUsage(before);
  console.log(`${name}: ${((user + system) / 1e3 / requests).toFixed(2)} ms of processor time`);
}

await stock(WARM_UP + Number(requests));
console.log(`Node.js ${process.version}, ${requests} requests of each kind after ${WARM_UP} to warm up`);
await measure("moment in progress", momentInProgress);
await measure("award", award);
console.log(`peak memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
