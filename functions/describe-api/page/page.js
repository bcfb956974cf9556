"use strict";
// Renders /openapi.json. All text goes in as text, never as HTML. What is folded is rendered when it is opened.
const METHODS = ["get", "head", "put", "post", "delete"];
let api;

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Text with code between backticks.
const inline = (line) => line.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

// A description: paragraphs and headings (##).
function prose(text, heading = "h3") {
  const blocks = (text ?? "").split("\n\n").filter((block) => block.trim());
  return blocks.map((block) =>
    block.startsWith("## ") ? element(heading, {}, ...inline(block.slice(3))) : element("p", {}, ...inline(block)));
}

function folded(attributes, summary, render) {
  const details = element("details", attributes, element("summary", {}, ...summary));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(...render());
  });
  return details;
}

const nameOf = (value) => value.$ref?.split("/").pop();

function resolved(value) {
  if (!value?.$ref) return value ?? {};
  const found = value.$ref.slice(2).split("/").reduce((at, part) => at[part.replace("~1", "/")], api);
  return { ...resolved(found), ...(value.description ? { description: value.description } : {}) };
}

function typeOf(schema) {
  if (schema.$ref && fieldsOf(schema).length) return nameOf(schema);
  const { type, const: only, enum: values, anyOf, oneOf, items, format } = resolved(schema);
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  const choices = anyOf ?? oneOf;
  if (choices && !type) return choices.map(typeOf).join(" | ");
  if (items) return `list of ${typeOf(items)}`;
  return [type ?? "any"].flat().join(" | ") + (format ? ` (${format})` : "");
}

// The fields of an object: [name, schema, required].
function fieldsOf(schema) {
  const { properties = {}, required = [], allOf = [] } = resolved(schema);
  const own = Object.entries(properties).map(([name, field]) => [name, field, required.includes(name)]);
  return [...allOf.flatMap(fieldsOf), ...own];
}

// The objects inside a schema that have fields of their own to show.
function objectsIn(schema) {
  if (fieldsOf(schema).length) return [schema];
  const { items, anyOf = [], oneOf = [], additionalProperties } = resolved(schema);
  const below = [items, ...anyOf, ...oneOf, additionalProperties].filter((found) => found && found !== true);
  return below.flatMap(objectsIn);
}

function fieldList(schema) {
  const line = ([name, field, required]) =>
    element("li", {}, element("code", {}, name), ` ${typeOf(field)}${required ? ", required" : ""}`,
      ...prose(resolved(field).description), ...objectsIn(field).map(fields));
  return element("ul", {}, ...fieldsOf(schema).map(line));
}

function fields(schema) {
  return folded({}, [`Fields of ${nameOf(schema) ?? "the object"}`], () => [fieldList(schema)]);
}

function contentOf(content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema, example }]) => [
    element("p", {}, element("code", {}, type), " ", typeOf(schema)),
    ...objectsIn(schema).map(fields),
    ...(example === undefined ? [] : [exampleOf(example)]),
  ]);
}

function exampleOf(example) {
  const text = typeof example === "string" ? example : JSON.stringify(example, null, 2);
  return element("pre", { tabindex: 0 }, text);
}

// The keys and tokens of which an operation needs one. Their kinds are explained at #keys.
function needs({ security = [] }) {
  const links = security.flatMap(Object.keys).map((kind) => element("a", { href: "#keys" }, kind));
  if (!links.length) return element("p", {}, "Needs no key.");
  return element("p", {}, "Needs: ", ...links.flatMap((link, index) => (index ? [" or ", link] : [link])));
}

function kindsOfKeys() {
  const line = ([kind, { description }]) => element("li", {}, element("code", {}, kind), ": ", ...inline(description));
  return [element("ul", {}, ...Object.entries(api.components.securitySchemes).map(line))];
}

function operationBody(operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolved);
  const parameter = ({ name, in: place, required, schema, description }) =>
    element("li", {}, element("code", {}, name), ` in ${place}, ${typeOf(schema)}${required ? ", required" : ""}`,
      ...prose(description));
  const answer = ([status, response]) =>
    folded({}, [`${status} `, ...inline(resolved(response).description)], () => {
      const content = contentOf(resolved(response).content);
      return content.length ? content : [element("p", {}, "No body.")];
    });
  return [
    ...prose(operation.description),
    needs(operation),
    ...(parameters.length ? [element("h3", {}, "Parameters"), element("ul", {}, ...parameters.map(parameter))] : []),
    ...(operation.requestBody ? [element("h3", {}, "Body"), ...contentOf(operation.requestBody.content)] : []),
    element("h3", {}, "Answers"),
    ...Object.entries(operation.responses).map(answer),
  ];
}

function operationOf(method, path, operation, shared) {
  const name = [element("b", {}, method.toUpperCase()), element("code", {}, path)];
  const summary = [...name, element("span", {}, operation.summary)];
  return folded({ class: "operation", id: operation.operationId }, summary, () => operationBody(operation, shared));
}

function sections() {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => [method, path, item[method], item.parameters ?? []]));
  const ofTag = (tag) => operations.filter(([, , operation]) => operation.tags[0] === tag.name);
  const events = Object.entries(api.webhooks).map(([name, { post }]) => operationOf("post", name, post, []));
  return [
    ...api.tags.map((tag) =>
      [`tag-${tag.name}`, tag.name, tag.description, ofTag(tag).map((found) => operationOf(...found))]),
    ["tag-events", "events", "What a webhook receives.", events],
  ];
}

// Shows the operations that have these words, and the sections that have such an operation.
function filterBy(words, main, result) {
  const wanted = words.toLowerCase();
  for (const operation of main.querySelectorAll(".operation")) {
    operation.hidden = !operation.firstChild.textContent.toLowerCase().includes(wanted);
  }
  for (const section of main.querySelectorAll("section")) {
    section.hidden = !section.querySelector(".operation:not([hidden])");
  }
  result.textContent = main.querySelector("section:not([hidden])") ? "" : "Nothing matches.";
}

function show(main) {
  const found = sections();
  const filter = element("input", { type: "search", placeholder: "Filter by path or words", "aria-label": "Filter" });
  const result = element("p", { role: "status" });
  filter.addEventListener("input", () => filterBy(filter.value, main, result));
  main.replaceChildren(
    element("h1", {}, `${api.info.title} API`), ...prose(api.info.summary),
    folded({}, ["About keys, bodies, errors, limits and lists"], () => prose(api.info.description, "h2")),
    folded({ id: "keys" }, ["Kinds of keys and tokens"], kindsOfKeys),
    element("nav", { "aria-label": "Sections" },
      ...found.map(([id, name]) => element("a", { href: `#${id}` }, name)),
      element("a", { href: "/openapi.json" }, "openapi.json")),
    filter, result,
    ...found.map(([id, name, description, operations]) =>
      element("section", { id }, element("h2", {}, name), ...prose(description), ...operations)));
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) {
      filter.value = "";
      filterBy("", main, result);
    }
    if (target instanceof HTMLDetailsElement) target.open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
}

fetch("/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
  .then((described) => {
    api = described;
    show(document.querySelector("main"));
  })
  .catch((error) => {
    document.querySelector("main").append(element("p", {}, `The description did not load: ${error.message}`));
  });
