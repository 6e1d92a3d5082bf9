// The addresses that links of an answer may have: a model can be made to write any address.

const SAFE = new Set(["http:", "https:", "mailto:"]);

/** The address as the browser parses it; null for any scheme but http, https and mailto. */
export function safeUrl(href: string): string | null {
  // Without a base, so that "page" and "//host" are not addresses: answers have no location.
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
