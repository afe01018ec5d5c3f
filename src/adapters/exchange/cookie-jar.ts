// The cookies of one paged read: Exchange keeps a read on the backend that holds its cursor by them.
// Session cookies of one origin each, which is all that is needed; not a general jar (RFC 6265 paths, domains and dates).

/** Cookies by the origin that set them. */
export interface CookieJar {
  /** Takes what an answer's `Set-Cookie` headers say. */
  store(origin: string, setCookies: readonly string[]): void;
  /** The `Cookie` header for a request to `origin`; undefined when there is none. */
  header(origin: string): string | undefined;
}

/** An empty jar. */
export function createCookieJar(): CookieJar {
  const origins = new Map<string, Map<string, string>>();

  function store(origin: string, setCookies: readonly string[]): void {
    const cookies = origins.get(origin) ?? new Map<string, string>();
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      if (name.trim() === '' || value.length === 0) continue;
      if (attributes.some((attribute) => /^\s*max-age\s*=\s*(?:0|-\d+)\s*$/i.test(attribute))) cookies.delete(name.trim());
      else cookies.set(name.trim(), value.join('=').trim());
    }
    origins.set(origin, cookies);
  }

  function header(origin: string): string | undefined {
    const cookies = [...(origins.get(origin) ?? [])];
    return cookies.length === 0 ? undefined : cookies.map(([name, value]) => `${name}=${value}`).join('; ');
  }

  return { store, header };
}
