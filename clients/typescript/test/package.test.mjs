// The package itself: its types, its sizes, what it exports, and the examples of its README.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = fileURLToPath(new URL("..", import.meta.url));
const read = (path) => readFile(here + path);
const manifest = JSON.parse(await read("package.json"));

/** The most bytes of a file, compressed. */
const LIMITS = { "browser.js": 10_000, "inbox.js": 15_000 };

test("the client for browsers and the inbox stay small", async () => {
  for (const [file, limit] of Object.entries(LIMITS)) {
    const content = await read(`dist/${file}`);
    const size = gzipSync(content, { level: 9 }).length;
    console.log(`${file}: ${content.length} bytes, ${size} compressed (at most ${limit})`);
    assert.ok(size <= limit, `${file} has ${size} bytes compressed, more than ${limit}`);
  }
});

test("the types accept what the API accepts, and nothing else", () => {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "test"], { cwd: here, stdio: "inherit" });
});

test("every export has its file and its types, and needs nothing else", async () => {
  assert.deepEqual(Object.keys(manifest.exports), [".", "./browser", "./inbox", "./webhooks"]);
  assert.equal(manifest.dependencies, undefined);
  for (const { types, default: file } of Object.values(manifest.exports)) {
    await read(types);
    assert.doesNotMatch(String(await read(file)), /^(import|export .* from)\b/m);
  }
});

test("a server that renders pages may import the inbox", async () => {
  assert.equal(typeof (await import("moments-client/inbox")).MomentsInbox, "function");
});

test("the lock file names no registry", async () => {
  assert.doesNotMatch(
    String(await read("package-lock.json")),
    /"resolved"|https?:\/\/(?!(github|opencollective|tidelift)\.com)[^"]*\.tgz/,
  );
});

test("every file is short enough to read", async () => {
  const files = (await readdir(`${here}src`, { recursive: true })).filter(
    (file) => /\.(ts|css)$/.test(file) && file !== "openapi.ts",
  );
  for (const file of files) assert.ok(String(await read(`src/${file}`)).split("\n").length <= 500, file);
});
