// Copies a value of the host page as data that postMessage can clone: omits functions, and turns
// proxies (reactive state) into ordinary objects. Not by JSON, whose `toJSON` old libraries define
// on arrays.

export function plain(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || !value || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item));
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
