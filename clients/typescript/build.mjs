// Builds the package: types from docs/openapi.json, declarations, and one file per entry. Writes dist/, and the inbox to where
// `moments local` embeds it. That copy is committed, so that `cargo run` needs no Node; with --check, another one is an error.

import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
process.chdir(here);
const run = (command, ...args) =>
  execFileSync(process.execPath, [`node_modules/${command}`, ...args], { stdio: ["ignore", "ignore", "inherit"] });

await rm("dist", { recursive: true, force: true });
run("openapi-typescript/bin/cli.js", "../../docs/openapi.json", "-o", "src/openapi.ts");
run("typescript/bin/tsc", "-p", ".");

const styles = {
  name: "styles",
  setup: (setup) =>
    setup.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    }),
};
const entries = {
  index: "src/server.ts",
  browser: "src/browser.ts",
  webhooks: "src/webhooks.ts",
  inbox: "src/inbox/element.ts",
};
for (const [name, entry] of Object.entries(entries)) {
  await build({
    entryPoints: { [name]: entry },
    outdir: "dist",
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    // A server reads its stack traces; a browser pays for each byte.
    minify: name === "browser" || name === "inbox",
    plugins: [styles],
  });
}

const embedded = "../../local/src/demo_page/inbox.js";
const inbox = await readFile("dist/inbox.js", "utf8");
if ((await readFile(embedded, "utf8").catch(() => null)) !== inbox) {
  if (process.argv.includes("--check")) {
    console.error("local/src/demo_page/inbox.js is not what this build makes: run `npm run build` and commit it");
    process.exit(1);
  }
  await writeFile(embedded, inbox);
}
