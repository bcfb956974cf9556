// A headless Chromium and a server of static pages for it. CHROMIUM names the browser. With SCREENSHOTS, a folder, tests leave
// pictures there.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export async function startChromium() {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const browser = await chromium.launch({ executablePath, args });
  // Other steps may use the same cores.
  for (const name of ["newPage", "newContext"]) {
    const make = browser[name].bind(browser);
    browser[name] = async (options) => {
      const made = await make(options);
      made.setDefaultTimeout(120_000);
      return made;
    };
  }
  return browser;
}

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
};

/** Serves pages by their path, and the files of this package besides. */
export async function startPages(pages) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    try {
      const body = pages[path] ?? (await readFile(join(HERE, path)));
      const type = TYPES[path.split(".").at(-1)] ?? TYPES.html;
      response.writeHead(200, { "content-type": type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => (server.closeAllConnections(), server.close()),
  };
}

/** Leaves a picture of a page, if asked to. */
export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The rules of axe that look at colours. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** Returns what axe finds on a page, in short. `rules` are all of them, unless some are named. */
export async function findings(page, rules) {
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    // Not as a script of the page, which its content security policy may refuse.
    await page.evaluate(await readFile(join(HERE, "node_modules/axe-core/axe.min.js"), "utf8"));
  }
  // Nothing here has sound or a style of an orientation, which is what axe would load style sheets and media for.
  const options = { resultTypes: ["violations"], preload: false, ...(rules && { runOnly: rules }) };
  const { violations, passes } = await page.evaluate((options) => axe.run(options), options);
  if (passes.length === 0) throw new Error("axe has looked at nothing");
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join(", ")}`,
  );
}

/** Languages whose pages are looked at in every width and colour, with pictures. */
const CLOSELY = ["en-GB", "de-DE", "ja-JP"];

/** The console's languages, as browsers name them. */
export const LOCALES = [...CLOSELY, "fr-FR", "it-IT", "es-ES", "pt-BR", "nl-NL"];

const STATES = [
  [1280, "light"],
  [1280, "dark"],
  [360, "light"],
  [360, "dark"],
];

/**
 * Looks at the page that is open, wide and narrow, light and dark, and in English also with text twice as large and from right
 * to left. Returns what axe finds, and where something is wider than the window.
 */
export async function faultsOf(page, name, locale) {
  const faults = [];
  const look = async (state, rules) => {
    faults.push(...(await findings(page, rules)).map((found) => `${name} ${state}: ${found}`));
    const [across, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (across > width) faults.push(`${name} ${state}: ${across} px in ${width}`);
  };
  for (const [width, colorScheme] of CLOSELY.includes(locale) ? STATES : STATES.slice(3)) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    // The same page at the same width, only in other colours.
    const isRecoloured = colorScheme === "dark" && CLOSELY.includes(locale);
    await look(`${width} ${colorScheme}`, isRecoloured ? COLOURS : undefined);
    const isShown = width === 1280 ? colorScheme === "light" : colorScheme === "dark" || locale !== "en-GB";
    if (isShown && CLOSELY.includes(locale)) await picture(page, `console-${name}-${locale}-${width}-${colorScheme}`);
  }
  if (locale === "en-GB") {
    await page.evaluate(() => (document.documentElement.dir = "rtl"));
    await look("from right to left");
    await picture(page, `console-${name}-right-to-left`);
    await page.evaluate(() => document.documentElement.removeAttribute("dir"));
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    await look("text of 200 %");
    await picture(page, `console-${name}-large-text`);
  }
  return faults;
}
