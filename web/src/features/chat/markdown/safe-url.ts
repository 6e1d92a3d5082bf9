// Which links of an answer may be followed: a model can be talked into writing any address.

const SAFE = new Set(["http:", "https:", "mailto:"]);

/** The address as the browser reads it, or null for any but http, https and mailto. */
export function safeUrl(href: string): string | null {
  // Without a base, so that "page" and "//host" are no addresses: an answer has no place of its own.
  const url = parse(href);
  return url !== null && SAFE.has(url.protocol) ? url.href : null;
}

function parse(href: string): URL | null {
  try {
    return new URL(href);
  } catch {
    return null;
  }
}
