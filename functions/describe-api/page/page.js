"use strict";
// Renders /openapi.json. All text goes in as text, never as HTML. What is folded is rendered when it is opened.
const METHODS = ["get", "head", "put", "post", "delete"];
let api;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Text with code between backticks.
const inline = (line) => line.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

// A description: paragraphs and headings (##).
function prose(text) {
  const blocks = (text ?? "").split("\n\n").filter((block) => block.trim());
  return blocks.map((block) =>
    block.startsWith("## ") ? element("h3", {}, ...inline(block.slice(3))) : element("p", {}, ...inline(block)));
}

function folded(attributes, summary, render) {
  const made = element("details", attributes, element("summary", {}, ...summary));
  made.addEventListener("toggle", () => made.open && made.children.length === 1 && made.append(...render()));
  return made;
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
    example === undefined ? null
      : element("pre", { tabindex: 0 }, typeof example === "string" ? example : JSON.stringify(example, null, 2)),
  ]);
}

function operationBody(operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolved);
  const keys = (operation.security ?? []).flatMap(Object.keys).join(", ");
  const parameter = ({ name, in: place, required, schema, description }) =>
    element("li", {}, element("code", {}, name), ` in ${place}, ${typeOf(schema)}${required ? ", required" : ""}`,
      ...prose(description));
  const answer = ([status, response]) =>
    folded({}, [`${status} `, ...inline(resolved(response).description)], () => contentOf(resolved(response).content));
  return [
    ...prose(operation.description),
    element("p", {}, keys ? `Keys: ${keys}` : "No key."),
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

function show(main) {
  const found = sections();
  const filter = element("input", { type: "search", placeholder: "Filter by path or words", "aria-label": "Filter" });
  const made = found.map(([id, name, description, operations]) =>
    element("section", { id }, element("h2", {}, name), ...prose(description), ...operations));
  filter.addEventListener("input", () => {
    const wanted = filter.value.toLowerCase();
    for (const operation of main.querySelectorAll(".operation")) {
      operation.hidden = !operation.firstChild.textContent.toLowerCase().includes(wanted);
    }
    for (const section of made) section.hidden = !section.querySelector(".operation:not([hidden])");
  });
  main.replaceChildren(
    element("h1", {}, `${api.info.title} API`), ...prose(api.info.summary),
    folded({}, ["About keys, bodies, errors, limits and lists"], () => prose(api.info.description)),
    element("nav", { "aria-label": "Sections" },
      ...found.map(([id, name]) => element("a", { href: `#${id}` }, name)),
      element("a", { href: "/openapi.json" }, "openapi.json")),
    filter, ...made);
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
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
