// Builds elements. Data only ever becomes text or a checked attribute: nothing here parses HTML.

type Child = Node | string | false | null | undefined;

/** Makes an element. Attributes that are false, null or undefined are left out; true becomes an empty one. */
export function element(
  tag: string,
  attributes: Record<string, string | number | boolean | null | undefined> = {},
  ...children: Child[]
): HTMLElement {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!value && value !== 0) continue;
    node.setAttribute(name, value === true ? "" : String(value));
    // A page styles parts; this component's own style sheet reads better with classes.
    if (name === "part") node.className = String(value);
  }
  node.append(...(children.filter((child) => child || child === "") as (Node | string)[]));
  return node;
}

/** Returns a URL that is safe to link to, or null: `javascript:` is not. */
export function link(url: string | null | undefined): string | null {
  return url && /^https?:\/\//i.test(url) ? url : null;
}
