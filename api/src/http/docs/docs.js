// Draws /openapi.json: every route with its parameters, bodies, answers and examples, every schema.
// All text goes in as text nodes, never as markup, so nothing in the description can run.

const METHODS = ["get", "post", "put", "patch", "delete"];

/** An element with attributes and children; strings become text, `null` is left out. */
function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text in which `words` between backticks are code. */
function prose(text) {
  return (text ?? "").split(/(`[^`]+`)/).map((part) => (part.startsWith("`") && part.length > 2 ? el("code", {}, part.slice(1, -1)) : part));
}

const anchor = (text) => text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const nameOf = (reference) => reference.split("/").pop();
const pre = (value) => el("pre", { tabindex: "0" }, pretty(value));

/** A schema in few words, with links to those that have a name. */
function type(schema) {
  if (schema === undefined) return ["any"];
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [el("a", { href: `#schema-${anchor(name)}` }, name)];
  }
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return options.flatMap((option, index) => [index > 0 ? " | " : null, ...type(option)]);
  if (schema.allOf) return schema.allOf.flatMap((part, index) => [index > 0 ? " & " : null, ...type(part)]);
  if (schema.const !== undefined) return [el("code", {}, JSON.stringify(schema.const))];
  if (schema.enum) return schema.enum.flatMap((value, index) => [index > 0 ? " | " : null, el("code", {}, JSON.stringify(value))]);
  if (schema.type === "array") return ["array of ", ...type(schema.items)];
  const names = [schema.type ?? "any"].flat().join(" | ");
  const bounds = ["format", "minimum", "maximum", "minLength", "maxLength", "pattern", "default"]
    .filter((key) => schema[key] !== undefined)
    .map((key) => `${key} ${JSON.stringify(schema[key])}`);
  return [bounds.length > 0 ? `${names} (${bounds.join(", ")})` : names];
}

/** The fields of an object, as a table. */
function fields(schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    el("tr", {},
      el("td", {}, el("code", {}, name), (schema.required ?? []).includes(name) ? "" : " (optional)"),
      el("td", {}, type(field)),
      el("td", {}, prose(field.description))));
  if (rows.length === 0) return null;
  return el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "Field"), el("th", {}, "Type"), el("th", {}, "Meaning"))), el("tbody", {}, rows));
}

/** A schema whole: its words, its fields, those of its variants. */
function whole(schema) {
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  return [
    el("p", {}, schema.properties ? null : type(schema)),
    fields(schema),
    options.filter((option) => option.properties).map((option) => [el("h4", {}, prose(option.title ?? option.description ?? "Variant")), fields(option)]),
    examples(schema),
  ];
}

function examples(holder) {
  const named = Object.entries(holder.examples ?? {}).map(([name, example]) => [name, example?.value ?? example]);
  if (holder.example !== undefined) named.unshift(["Example", holder.example]);
  return named.map(([name, value]) => [el("h4", {}, /^\d+$/.test(name) ? "Example" : name), pre(value)]);
}

function content(media = {}) {
  return Object.entries(media).map(([kind, body]) => [el("p", {}, el("code", {}, kind), " ", type(body.schema)), examples(body)]);
}

function parameters(list = []) {
  if (list.length === 0) return null;
  const rows = list.map((one) =>
    el("tr", {},
      el("td", {}, el("code", {}, one.name), one.required ? "" : " (optional)"),
      el("td", {}, one.in),
      el("td", {}, type(one.schema)),
      el("td", {}, prose(one.description))));
  return [el("h4", {}, "Parameters"), el("table", {}, el("thead", {}, el("tr", {}, ["Name", "In", "Type", "Meaning"].map((head) => el("th", {}, head)))), el("tbody", {}, rows))];
}

/** A form that asks the server itself. Only for GET, which changes nothing. */
function attempt(path, operation) {
  const inputs = (operation.parameters ?? [])
    .filter((one) => one.in === "path" || one.in === "query")
    .map((one) => ({ one, input: el("input", { name: one.name, autocomplete: "off" }) }));
  const answer = el("div", { "aria-live": "polite" });
  async function ask() {
    let address = path;
    const query = new URLSearchParams();
    for (const { one, input } of inputs) {
      if (one.in === "path") address = address.replace(`{${one.name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(one.name, input.value);
    }
    if (query.size > 0) address += `?${query}`;
    const stop = new AbortController();
    answer.replaceChildren(el("p", {}, "Asking … ", el("button", { type: "button", onclick: () => stop.abort() }, "Stop")));
    try {
      const response = await fetch(address, { headers: { accept: "*/*" }, signal: stop.signal });
      const text = await response.text();
      let shown = text;
      try {
        shown = JSON.parse(text);
      } catch {
        // not JSON: shown as it is
      }
      answer.replaceChildren(el("p", {}, `${response.status} ${response.statusText}, ${response.headers.get("content-type") ?? "no body"}`), pre(shown));
    } catch (error) {
      answer.replaceChildren(el("p", {}, `No answer: ${error.message}`));
    }
  }
  return el("details", {},
    el("summary", {}, "Try it"),
    inputs.map(({ one, input }) => el("p", {}, el("label", {}, `${one.name} `, input))),
    el("p", {}, el("button", { type: "button", onclick: ask }, `GET ${path}`)),
    answer);
}

function operation(method, path, described) {
  const answers = Object.entries(described.responses ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return el("section", { id: anchor(`${method} ${path}`), "data-words": JSON.stringify([method, path, described]).toLowerCase() },
    el("h3", {}, el("span", { class: "method" }, method.toUpperCase()), " ", path),
    el("p", {}, prose(described.summary)),
    el("p", {}, prose(described.description)),
    parameters(described.parameters),
    described.requestBody ? [el("h4", {}, "Body"), content(described.requestBody.content)] : null,
    el("h4", {}, "Answers"),
    el("table", {}, el("thead", {}, el("tr", {}, ["Status", "Meaning", "Body"].map((head) => el("th", {}, head)))),
      el("tbody", {}, answers.map(([status, answer]) =>
        el("tr", {}, el("td", {}, status), el("td", {}, prose(answer.description)),
          el("td", {}, Object.entries(answer.content ?? {}).map(([kind, body]) => el("div", {}, type(body.schema), ` ${kind}`))))))),
    answers.flatMap(([status, answer]) =>
      Object.values(answer.content ?? {}).flatMap(examples).map((shown) => [el("p", {}, `Example of ${status}`), shown])),
    method === "get" ? attempt(path, described) : null);
}

function draw(api) {
  document.title = `${api.info.title} API`;
  document.getElementById("title").replaceChildren(`${api.info.title} `, el("small", {}, api.info.version));
  document.getElementById("about").replaceChildren(...prose(api.info.description), " ", el("a", { href: "/openapi.json" }, "openapi.json"));
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, { about: tag.description, routes: [] }]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, { about: "", routes: [] });
      groups.get(tag).routes.push([method, path, item[method]]);
    }
  }
  const list = [];
  const main = [];
  for (const [tag, group] of groups) {
    list.push(el("h2", {}, tag), el("ul", {}, group.routes.map(([method, path]) =>
      el("li", {}, el("a", { href: `#${anchor(`${method} ${path}`)}` }, el("span", { class: "method" }, method.toUpperCase()), " ", path)))));
    main.push(el("h2", {}, tag), el("p", {}, prose(group.about)), group.routes.map((route) => operation(...route)));
  }
  const schemes = Object.entries(api.components.securitySchemes ?? {});
  main.push(el("h2", {}, "signing in"), schemes.map(([name, scheme]) =>
    el("section", {}, el("h3", {}, name), el("p", {}, `${scheme.type} ${scheme.scheme ?? scheme.name ?? ""} `, prose(scheme.description)))));
  main.push(el("h2", {}, "schemas"), Object.entries(api.components.schemas ?? {}).map(([name, schema]) =>
    el("section", { id: `schema-${anchor(name)}`, "data-words": JSON.stringify([name, schema]).toLowerCase() },
      el("h3", {}, name), el("p", {}, prose(schema.description)), whole(schema))));
  document.getElementById("contents").replaceChildren(...list);
  document.getElementById("content").replaceChildren(...main.flat(9));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

document.getElementById("find").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("section[data-words]")) {
    section.hidden = !words.every((word) => section.dataset.words.includes(word));
  }
});

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  draw(await response.json());
} catch (error) {
  document.getElementById("state").replaceChildren(`The description could not be read: ${error.message}.`);
}
