// Percent-decoding of paths and queries as the host's web server does it: %2F stays in a path, what is not valid UTF-8 stays as written.

/** Decodes every escape that is valid; others stay as they are. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** Resolves `.` and `..` segments (RFC 3986, 5.2.4); doubled slashes stay. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  });
  return `/${kept.join('/')}`;
}

/** The path that routes are matched against: decoded but for %2F, without dot segments. */
export function decodePath(rawPath: string): string {
  const decoded = rawPath
    .split(/(%2f)/i)
    .map((piece, index) => (index % 2 === 1 ? piece : decodePercent(piece)))
    .join('');
  return removeDotSegments(decoded.startsWith('/') ? decoded : `/${decoded}`);
}

/** The query as a function sees it: names joined without case (the last spelling stays), repeated values joined by a comma. */
export function joinQuery(search: string): Map<string, string> {
  const decode = (text: string): string => decodePercent(text.replaceAll('+', ' '));
  const joined = new Map<string, { name: string; values: string[] }>();
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const [rawName = '', ...rest] = pair.split('=');
    const name = decode(rawName);
    const entry = joined.get(name.toLowerCase()) ?? { name, values: [] };
    entry.name = name;
    entry.values.push(decode(rest.join('=')));
    joined.set(name.toLowerCase(), entry);
  }
  return new Map([...joined.values()].map(({ name, values }) => [name, values.join(',')]));
}
