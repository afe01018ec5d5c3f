// A small evaluator of OData filters over the text properties of a row, as far as the connector uses them: comparisons of a property with a text,
// `and`, `or`, parentheses. A comparison of a property that a row does not have holds in no case.
// https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities#constructing-filter-strings

/** Whether the filter holds for the row. */
export function odataHolds(filter: string, row: Readonly<Record<string, string>>): boolean {
  const tokens = filter.match(/'(?:[^']|'')*'|\(|\)|[^\s()']+/g) ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';

  function either(): boolean {
    let holds = both();
    while (tokens[at] === 'or') {
      next();
      holds = both() || holds;
    }
    return holds;
  }

  function both(): boolean {
    let holds = one();
    while (tokens[at] === 'and') {
      next();
      holds = one() && holds;
    }
    return holds;
  }

  function one(): boolean {
    const token = next();
    if (token !== '(') return compare(row[token], next(), next().slice(1, -1).replaceAll("''", "'"));
    const holds = either();
    if (next() !== ')') throw new Error(`A parenthesis is not closed: ${filter}`);
    return holds;
  }

  const holds = either();
  if (at !== tokens.length) throw new Error(`Not read to its end: ${filter}`);
  return holds;
}

function compare(text: string | undefined, operator: string, value: string): boolean {
  if (text === undefined) return false;
  if (operator === 'eq') return text === value;
  if (operator === 'ne') return text !== value;
  if (operator === 'ge') return text >= value;
  if (operator === 'lt') return text < value;
  throw new Error(`Unknown operator: ${operator}`);
}

/** How many comparisons a filter has. */
export function comparisonsIn(filter: string): number {
  return filter.replaceAll(/'(?:[^']|'')*'/g, '').match(/\b(?:eq|ne|ge|lt)\b/g)?.length ?? 0;
}
