// The filter language of Exchange's -Filter parameter (OPATH), as far as directory filters go: comparisons, -and, -or, -not, parentheses.
// https://learn.microsoft.com/powershell/exchange/recipient-filters and .../filter-properties
import { compareMoments, parseMoment, type Moment } from '../world/instants.ts';
import { errors } from './exchange-error.ts';

/** A property that filters and sorting can use. */
export type FilterField<Row> =
  | { readonly kind: 'text'; read(row: Row): string | null }
  | { readonly kind: 'date'; read(row: Row): Moment | null }
  | { readonly kind: 'bool'; read(row: Row): boolean | null }
  | { readonly kind: 'list'; read(row: Row): readonly string[] };

/** Filterable properties by lower-case name. */
export type FilterFields<Row> = ReadonlyMap<string, FilterField<Row>>;

type Token = { readonly kind: 'open' | 'close' } | { readonly kind: 'word' | 'operator' | 'value'; readonly text: string };
type Predicate<Row> = (row: Row) => boolean;

const COMPARISONS = ['eq', 'ne', 'like', 'notlike', 'gt', 'ge', 'lt', 'le'] as const;
type Comparison = (typeof COMPARISONS)[number];

const TOKEN = /\s*(?:(\()|(\))|-([A-Za-z]+)|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^\s()'"]+))/y;

function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (filter.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(filter);
    if (!match) throw errors.filter(`Unexpected text at position ${at} of "${filter}".`);
    const [, open, close, operator, single, double, word] = match;
    if (open) tokens.push({ kind: 'open' });
    else if (close) tokens.push({ kind: 'close' });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator.toLowerCase() });
    else if (single !== undefined) tokens.push({ kind: 'value', text: single.replaceAll("''", "'") });
    else if (double !== undefined) tokens.push({ kind: 'value', text: double.replaceAll('""', '"') });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

/** Compiles a filter; what the service would refuse throws an ExchangeError. */
export function compileFilter<Row>(filter: string, fields: FilterFields<Row>): Predicate<Row> {
  const parser = new FilterParser(tokenize(filter), fields);
  return parser.parse();
}

class FilterParser<Row> {
  private readonly tokens: readonly Token[];
  private readonly fields: FilterFields<Row>;
  private position = 0;

  constructor(tokens: readonly Token[], fields: FilterFields<Row>) {
    this.tokens = tokens;
    this.fields = fields;
  }

  parse(): Predicate<Row> {
    const predicate = this.alternatives();
    if (this.position < this.tokens.length) throw errors.filter('There is something after the end of the filter.');
    return predicate;
  }

  private alternatives(): Predicate<Row> {
    let left = this.conjunction();
    while (this.takeOperator('or')) {
      const first = left;
      const second = this.conjunction();
      left = (row) => first(row) || second(row);
    }
    return left;
  }

  private conjunction(): Predicate<Row> {
    let left = this.term();
    while (this.takeOperator('and')) {
      const first = left;
      const second = this.term();
      left = (row) => first(row) && second(row);
    }
    return left;
  }

  private term(): Predicate<Row> {
    if (this.takeOperator('not')) {
      const inner = this.term();
      return (row) => !inner(row);
    }
    const token = this.next();
    if (token.kind === 'open') {
      const inner = this.alternatives();
      if (this.next().kind !== 'close') throw errors.filter('A closing parenthesis is missing.');
      return inner;
    }
    if (token.kind !== 'word') throw errors.filter('A property name is expected.');
    return this.comparison(token.text);
  }

  private comparison(name: string): Predicate<Row> {
    const field = this.fields.get(name.toLowerCase());
    if (!field) throw errors.filter(`"${name}" is not a recognized filterable property.`);
    const operator = this.next();
    const comparison = operator.kind === 'operator' ? COMPARISONS.find((one) => one === operator.text) : undefined;
    if (!comparison) throw errors.filter(`A comparison operator is expected after "${name}".`);
    const value = this.next();
    if (value.kind !== 'value' && value.kind !== 'word') throw errors.filter(`A value is expected after -${comparison}.`);
    const isNull = value.kind === 'word' && value.text.toLowerCase() === '$null';
    if (isNull) return compareNull(field, comparison);
    return compare(name, field, comparison, value.text.replace(/^\$(true|false)$/i, '$1'));
  }

  private takeOperator(name: string): boolean {
    const token = this.tokens[this.position];
    if (token?.kind !== 'operator' || token.text !== name) return false;
    this.position += 1;
    return true;
  }

  private next(): Token {
    const token = this.tokens[this.position];
    if (!token) throw errors.filter('The filter ends too early.');
    this.position += 1;
    return token;
  }
}

function isPresent<Row>(field: FilterField<Row>, row: Row): boolean {
  const value = field.read(row);
  return value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function compareNull<Row>(field: FilterField<Row>, comparison: Comparison): Predicate<Row> {
  if (comparison === 'eq') return (row) => !isPresent(field, row);
  if (comparison === 'ne') return (row) => isPresent(field, row);
  throw errors.filter('Only -eq and -ne can be used with $null.');
}

/** What -eq and its kin make of an order (negative, zero, positive). */
const ORDERED: Readonly<Record<Exclude<Comparison, 'like' | 'notlike'>, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

function compare<Row>(name: string, field: FilterField<Row>, comparison: Comparison, value: string): Predicate<Row> {
  if (value === '*' && comparison === 'like') return (row) => isPresent(field, row);
  if (value === '*' && comparison === 'notlike') return (row) => !isPresent(field, row);
  if (field.kind === 'text') return compareText(field, comparison, value);
  if (field.kind === 'list') return compareList(field, comparison, value);
  if (field.kind === 'date') return compareDate(name, field, comparison, value);
  if (!/^(true|false)$/i.test(value)) throw errors.filter(`"${value}" is neither True nor False.`);
  const wanted = value.toLowerCase() === 'true';
  return (row) => ((field.read(row) ?? false) === wanted) === (comparison === 'eq');
}

const POSITIVE: Partial<Record<Comparison, Comparison>> = { ne: 'eq', notlike: 'like' };

/** A list matches when one of its items does; the negative forms when none does. */
function compareList<Row>(field: FilterField<Row> & { kind: 'list' }, comparison: Comparison, value: string): Predicate<Row> {
  const positive = POSITIVE[comparison];
  const matches = compareText<string>({ read: (item) => item }, positive ?? comparison, value);
  return (row) => field.read(row).some((item) => matches(item)) === (positive === undefined);
}

function compareDate<Row>(name: string, field: FilterField<Row> & { kind: 'date' }, comparison: Comparison, value: string): Predicate<Row> {
  const moment = parseMoment(value);
  if (!moment || comparison === 'like' || comparison === 'notlike') {
    throw errors.filter(`"${value}" is not a date that -${comparison} can compare ${name} with.`);
  }
  const holds = ORDERED[comparison];
  return (row) => {
    const own = field.read(row);
    return own === null ? comparison === 'ne' : holds(compareMoments(own, moment));
  };
}

function compareText<Row>(field: { read(row: Row): string | null }, comparison: Comparison, value: string): Predicate<Row> {
  const wanted = value.toLowerCase();
  if (comparison === 'like' || comparison === 'notlike') {
    const matches = wildcard(wanted);
    return (row) => matches((field.read(row) ?? '').toLowerCase()) === (comparison === 'like');
  }
  const holds = ORDERED[comparison];
  return (row) => {
    const own = field.read(row)?.toLowerCase();
    if (own === undefined) return comparison === 'ne';
    return holds(own === wanted ? 0 : own < wanted ? -1 : 1);
  };
}

/** `*` at either end; elsewhere the service takes it for a character. */
function wildcard(pattern: string): (text: string) => boolean {
  const opens = pattern.startsWith('*');
  const closes = pattern.endsWith('*');
  const core = pattern.slice(opens ? 1 : 0, closes ? -1 : undefined);
  if (opens && closes) return (text) => text.includes(core);
  if (closes) return (text) => text.startsWith(core);
  if (opens) return (text) => text.endsWith(core);
  return (text) => text === core;
}

/** Compares two rows by a field, missing values first, for SortBy. */
export function compareByField<Row>(field: FilterField<Row>, left: Row, right: Row): number {
  if (field.kind === 'date') {
    const a = field.read(left);
    const b = field.read(right);
    if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
    return compareMoments(a, b);
  }
  const a = String(field.read(left) ?? '').toLowerCase();
  const b = String(field.read(right) ?? '').toLowerCase();
  return a === b ? 0 : a < b ? -1 : 1;
}
