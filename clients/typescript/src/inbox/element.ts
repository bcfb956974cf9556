// `<moments-inbox>`: loads what the user of a token has, shows it, and keeps it fresh. `load.ts` knows the calls, `sections.ts`
// the looks.

import { MomentsUser, type MomentsUserOptions } from "../browser.js";
import type { Notification, Reward } from "../types.js";
import { element } from "./dom.js";
import { load, SECTIONS, type Data, type Section } from "./load.js";
import { languageOf } from "./phrases.js";
import { content, type NameOf, type View } from "./sections.js";
import style from "./style.css";

/** The seconds between two refreshes of a page that is seen: by default, and at least. */
const REFRESH_SECONDS = 60;
const LEAST_REFRESH_SECONDS = 5;
/** How long a message must be in view to count as read. */
const READ_MS = 1000;
const PAGE = 20;

// Without a DOM there is nothing to extend, but a server that renders pages may import this file.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * An inbox of rewards, progress, messages and leaderboards.
 *
 * Attributes: `base-url`, `app`, `lang`, `show` (some of "rewards progress notifications leaderboard"), `refresh-seconds`.
 * Events, which all bubble: `moments-reward-open` and `moments-notification-open` (cancelable: then the link is not followed),
 * `moments-change` after new data, `moments-error`.
 */
export class MomentsInbox extends Base {
  static readonly observedAttributes = ["base-url", "app", "lang", "show", "refresh-seconds"];

  #root: ShadowRoot | undefined;
  #client: MomentsUser | undefined;
  #tokenProvider: (() => Promise<string>) | undefined;
  #nameOf: NameOf | undefined;
  #data: Data | undefined;
  #error: unknown;
  #renderedKeys: Record<string, string> = {};
  #size = PAGE;
  #loading: AbortController | undefined;
  #listening: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loadedAt = 0;
  #observer: IntersectionObserver | undefined;
  #inView = new Set<Element>();
  #readTimer: ReturnType<typeof setTimeout> | undefined;
  #read = new Set<string>();

  /** Fetches a token of the user from the app's server. Without it the component shows nothing. */
  get tokenProvider(): (() => Promise<string>) | undefined {
    return this.#tokenProvider;
  }
  set tokenProvider(provider: (() => Promise<string>) | undefined) {
    this.#tokenProvider = provider;
    this.#restart();
  }

  /** Names users on a board, and competitions, which the API knows by id. */
  get nameOf(): NameOf | undefined {
    return this.#nameOf;
  }
  set nameOf(nameOf: NameOf | undefined) {
    this.#nameOf = nameOf;
    this.#renderedKeys = {};
    this.#render();
  }

  /** The number of unread messages. */
  get unread(): number {
    return this.#data?.notifications?.unread ?? 0;
  }

  connectedCallback(): void {
    this.#build();
    for (const name of ["tokenProvider", "nameOf"] as const) this.#upgrade(name);
    const { signal } = (this.#listening = new AbortController());
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange(), { signal });
    addEventListener("online", () => void this.refresh(), { signal });
    addEventListener("offline", () => this.#render(), { signal });
    this.#render();
    void this.refresh();
  }

  disconnectedCallback(): void {
    this.#listening?.abort();
    this.#loading?.abort();
    clearTimeout(this.#timer);
    this.#watch([]);
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (name === "lang") this.#render();
    else if (name === "refresh-seconds") this.#schedule();
    else if (name === "show") void this.refresh();
    else this.#restart();
  }

  /** Loads everything again. Resolves when it is shown. */
  async refresh(): Promise<void> {
    const source = this.#source();
    if (!this.isConnected || !source) return;
    // A later call wins: it may follow a change that the earlier one did not see.
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    this.#client ??= new MomentsUser(source);
    this.#root?.firstElementChild?.setAttribute("aria-busy", "true");
    try {
      const data = await load(this.#client, this.#wanted(), this.#size, signal);
      if (signal.aborted) return;
      this.#data = data;
      this.#error = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error;
    }
    this.#loadedAt = Date.now();
    this.#root?.firstElementChild?.removeAttribute("aria-busy");
    this.#render();
    this.#schedule();
    if (this.#error) this.#tell("moments-error", { error: this.#error });
    else this.#changed();
  }

  /** Makes the parts that stay. */
  #build(): void {
    if (this.#root) return;
    this.#root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.#root.adoptedStyleSheets = [sheet];
    const retry = element("button", { part: "button retry-button", type: "button", hidden: true });
    retry.addEventListener("click", () => void this.refresh());
    const sections = SECTIONS.map((section) =>
      element("section", { part: `section ${section}-section`, hidden: true }),
    );
    this.#root.append(
      element("div", { part: "inbox" }, element("p", { part: "status", role: "status" }), retry, ...sections),
    );
  }

  /** Takes over a property that was set before the element was defined. */
  #upgrade(name: "tokenProvider" | "nameOf"): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    (this as Record<typeof name, unknown>)[name] = value;
  }

  /** Where to load from and for whom, or null as long as the page has not said both. */
  #source(): MomentsUserOptions | null {
    const [baseUrl, app, token] = [this.getAttribute("base-url"), this.getAttribute("app"), this.#tokenProvider];
    return baseUrl !== null && app && token ? { baseUrl, app, token } : null;
  }

  /** Begins anew, for another user or another app, or for nobody: what still loads for the user before must not be shown. */
  #restart(): void {
    this.#loading?.abort();
    clearTimeout(this.#timer);
    this.#root?.firstElementChild?.removeAttribute("aria-busy");
    this.#client = this.#data = this.#error = undefined;
    this.#size = PAGE;
    this.#read.clear();
    this.#render();
    void this.refresh();
  }

  #wanted(): Section[] {
    const show = this.getAttribute("show")?.split(/\s+/) ?? SECTIONS;
    return SECTIONS.filter((section) => show.includes(section));
  }

  #render(): void {
    const inbox = this.#root?.firstElementChild;
    if (!inbox) return;
    const [status, retry, ...sections] = [...inbox.children] as HTMLElement[];
    const language = languageOf(this.lang || this.closest("[lang]")?.getAttribute("lang") || navigator.language);
    const view: View = {
      language,
      now: this.#loadedAt || Date.now(),
      nameOf: this.#nameOf ?? (() => null),
      open: (event, kind, item) => this.#open(event, kind, item),
      more: () => ((this.#size = Math.min(100, this.#size + PAGE)), void this.refresh()),
    };
    inbox.setAttribute("lang", language.tag);
    const focused = this.#root?.activeElement?.id;
    SECTIONS.forEach((section, index) => this.#renderSection(sections[index]!, section, view));
    if (focused) this.#root?.getElementById(focused)?.focus();
    const empty = sections.every((section) => section.hidden);
    const offline = navigator.onLine === false;
    const waiting = this.#source() ? "loading" : null;
    const phrase = offline ? "offline" : this.#error ? "failed" : !this.#data ? waiting : empty ? "empty" : null;
    // A live region speaks when its text changes, so the same text stays as it is.
    const text = phrase ? language.say(phrase) : "";
    if (status!.textContent !== text) status!.textContent = text;
    retry!.textContent = language.say("retry");
    retry!.hidden = offline || !this.#error;
  }

  /** Replaces a section only if it changed: the focus and what a screen reader reads stay. */
  #renderSection(place: HTMLElement, section: Section, view: View): void {
    const data = this.#wanted().includes(section) ? this.#data : undefined;
    const key = JSON.stringify([
      data?.[section],
      data?.userId,
      view.language.locale,
      Math.floor(view.now / 86_400_000),
    ]);
    if (this.#renderedKeys[section] === key) return;
    this.#renderedKeys[section] = key;
    const nodes = data ? content(section, data, view) : null;
    place.replaceChildren(...(nodes ?? []));
    place.hidden = !nodes;
    if (section === "notifications") this.#watch([...place.querySelectorAll("[data-unread]")]);
  }

  /** Watches unread messages: those in view for a second are read. */
  #watch(items: Element[]): void {
    this.#observer?.disconnect();
    clearTimeout(this.#readTimer);
    this.#inView.clear();
    if (items.length === 0) return;
    this.#observer = new IntersectionObserver((entries) => this.#updateInView(entries), { threshold: 0.5 });
    for (const item of items) this.#observer.observe(item);
  }

  #updateInView(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) this.#inView[isIntersecting ? "add" : "delete"](target);
    clearTimeout(this.#readTimer);
    if (this.#inView.size > 0) this.#readTimer = setTimeout(() => void this.#markRead(), READ_MS);
  }

  async #markRead(): Promise<void> {
    const ids = [...this.#inView].map((item) => item.getAttribute("data-unread")!).filter((id) => !this.#read.has(id));
    const client = this.#client;
    if (!client || ids.length === 0 || document.visibilityState !== "visible") return;
    ids.forEach((id) => this.#read.add(id));
    try {
      const { read } = await client.markRead(ids.slice(0, 100));
      if (client !== this.#client) return;
      // The messages look new until the next refresh, and only the badge changes: the user is still reading them.
      const page = this.#data?.notifications;
      if (page) page.unread = Math.max(0, page.unread - read.length);
      this.#render();
      this.#changed();
    } catch {
      // The messages stay unread, and the next look tries again.
      ids.forEach((id) => this.#read.delete(id));
    }
  }

  #open(event: Event, kind: "reward" | "notification", item: Reward | Notification): void {
    if (!this.#tell(`moments-${kind}-open`, { [kind]: item }, true)) event.preventDefault();
  }

  #changed(): void {
    this.#tell("moments-change", { unread: this.unread, rewards: this.#data?.rewards ?? [] });
  }

  #tell(type: string, detail: unknown, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, cancelable, bubbles: true, composed: true }));
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, this.#every());
  }

  #every(): number {
    const seconds = Number(this.getAttribute("refresh-seconds")) || REFRESH_SECONDS;
    return Math.max(LEAST_REFRESH_SECONDS, seconds) * 1000;
  }

  /** Catches up when the page is visible again. */
  #onVisibilityChange(): void {
    if (document.visibilityState !== "visible") return;
    this.#updateInView([]);
    if (Date.now() - this.#loadedAt >= this.#every()) void this.refresh();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "moments-inbox": MomentsInbox;
  }
}

if (globalThis.customElements && !customElements.get("moments-inbox"))
  customElements.define("moments-inbox", MomentsInbox);
