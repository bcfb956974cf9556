// Prints the section "Client" of docs/benchmarks.md: `cargo run -p bench -- client` runs it.

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { startChromium } from "./test/chromium.mjs";
import { startLaptop } from "./test/laptop.mjs";

const runs = Number(process.argv[2] ?? 10);
const middle = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

console.log("The files that `npm run build` makes in `clients/typescript/`, each with all that it needs.\n");
console.log("| file | for | bytes | compressed |\n|---|---|---|---|");
for (const [file, use] of [
  ["index.js", "servers"],
  ["webhooks.js", "servers"],
  ["browser.js", "browsers"],
  ["inbox.js", "`<moments-inbox>`, with its client"],
]) {
  const content = await readFile(new URL(`dist/${file}`, import.meta.url));
  console.log(`| ${file} | ${use} | ${content.length} | ${gzipSync(content, { level: 9 }).length} |`);
}

const times = { ready: [], shown: [], gift: [] };
const browser = await startChromium();
for (let run = 0; run < runs; run++) {
  const began = performance.now();
  const laptop = await startLaptop();
  times.ready.push(performance.now() - began);
  const page = await browser.newPage();
  await page.goto(`${laptop.api}/_local/demo`);
  await page.locator("moments-inbox").getByText("0 of 5").waitFor();
  times.shown.push(performance.now() - began);
  for (let deposit = 1; deposit <= 5; deposit++) {
    await page.getByRole("button", { name: "Deposit" }).click();
    await page
      .locator("#said")
      .getByText(deposit < 5 ? `Deposit ${deposit} of 5.` : "yours")
      .waitFor();
  }
  await page.locator("moments-inbox").getByRole("link", { name: "Open: You did it!" }).first().waitFor();
  times.gift.push(performance.now() - began);
  await page.close();
  await laptop.stop();
}
await browser.close();

console.log(`
The first success in a browser: \`moments local\` starts with nothing, Chromium opens the demo page, and a script presses the
button five times. Medians of ${runs} starts of the debug build, in seconds since its start.

| the laptop answers | the inbox shows the challenge | the inbox shows the gift |
|---|---|---|
| ${[times.ready, times.shown, times.gift].map((each) => (middle(each) / 1000).toFixed(2)).join(" | ")} |`);
