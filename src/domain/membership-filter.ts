// A condition as a filter that storage can apply to rows: at most ten comparisons of the properties in which rows hold what they are filtered by.
// Never too narrow: what storage cannot compare is left out of the filter, and the test in memory (collection-rule.ts) decides.
import type { Condition, RuleTest } from './collection-rule.ts';
import { valuesOf } from './collection-rule.ts';
import { fold } from './fold.ts';

/** What rows of devices can be filtered by: their own id, and their owner's id, folded department and folded domain; unknown is ''. */
type FilterField = 'device' | 'user' | 'department' | 'domain';

export interface Comparison {
  readonly kind: 'compare';
  readonly field: FilterField;
  readonly operator: 'eq' | 'ne' | 'ge' | 'lt';
  readonly value: string;
}

export type MembershipFilter =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly filters: readonly [MembershipFilter, MembershipFilter, ...MembershipFilter[]] };

/** Azure Tables allows fifteen in one filter; the place in the list takes up to four, one is in reserve. */
const MOST_COMPARISONS = 10;

/** A filter and what it is worth. */
export interface Filtering {
  /** Left out when nothing narrows the rows. */
  readonly filter?: MembershipFilter;
  /** The filter lets through exactly what the test does, where rows hold what is known of the owner. */
  readonly isExact: boolean;
}

const EVERYTHING: Filtering = { isExact: true };
const INEXPRESSIBLE: Filtering = { isExact: false };
/** No row has an empty id. */
const NOTHING: Filtering = { filter: { kind: 'compare', field: 'device', operator: 'eq', value: '' }, isExact: true };

/** How many comparisons a filter has. */
function costOf(filter: MembershipFilter): number {
  return filter.kind === 'compare' ? 1 : filter.filters.reduce((sum, each) => sum + costOf(each), 0);
}

/** The filter for the rows on which a condition holds. */
export function filteringOf(condition: Condition): Filtering {
  return narrow(condition, true);
}

/** One filter for rows that pass both; where they are too long together, the second alone. */
export function joinFilters(first: MembershipFilter | undefined, second: MembershipFilter | undefined): MembershipFilter | undefined {
  if (!first || !second) return first ?? second;
  return costOf(first) + costOf(second) <= MOST_COMPARISONS ? { kind: 'and', filters: [first, second] } : second;
}

/** The rows on which the condition is true or, with `wanted` false, on which it is false: what is not known is neither. */
function narrow(condition: Condition, wanted: boolean): Filtering {
  switch (condition.kind) {
    case 'everything':
      return wanted ? EVERYTHING : NOTHING;
    case 'not':
      return narrow(condition.rule, !wanted);
    case 'and':
    case 'or': {
      const parts = condition.rules.map((rule) => narrow(rule, wanted));
      return (condition.kind === 'and') === wanted ? all(parts) : any(parts);
    }
    case 'devices':
      return equality('device', condition.ids, wanted);
    default:
      return narrowByTest(condition, wanted);
  }
}

function narrowByTest(test: RuleTest, wanted: boolean): Filtering {
  if (test.field === 'user')
    return knownEquality(
      'user',
      valuesOf(test).map((id) => id.toLowerCase()),
      wanted,
    );
  if (test.field !== 'department' && test.field !== 'domain') return INEXPRESSIBLE;
  if (test.operator === 'startsWith') return beginning(test.field, fold(test.value), wanted);
  return knownEquality(test.field, valuesOf(test).map(fold), wanted);
}

function compare(field: FilterField, operator: Comparison['operator'], value: string): Filtering {
  return { filter: { kind: 'compare', field, operator, value }, isExact: true };
}

function equality(field: FilterField, values: readonly string[], wanted: boolean): Filtering {
  const parts = [...new Set(values)].map((value) => compare(field, wanted ? 'eq' : 'ne', value));
  return wanted ? any(parts) : all(parts);
}

/** An unknown value is none of the values, but neither is it another one. */
function knownEquality(field: FilterField, values: readonly string[], wanted: boolean): Filtering {
  const equal = equality(field, values, wanted);
  return wanted ? equal : all([compare(field, 'ne', ''), equal]);
}

function beginning(field: FilterField, prefix: string, wanted: boolean): Filtering {
  const end = afterPrefix(prefix);
  const parts = [compare(field, wanted ? 'ge' : 'lt', prefix), ...(end === undefined ? [] : [compare(field, wanted ? 'lt' : 'ge', end)])];
  if (!wanted) return end === undefined ? INEXPRESSIBLE : all([compare(field, 'ne', ''), any(parts)]);
  return end === undefined ? { ...all(parts), isExact: false } : all(parts);
}

/** The first text after all that begin with the prefix. Undefined where the order of storage could differ from ours. */
function afterPrefix(prefix: string): string | undefined {
  const last = prefix.charCodeAt(prefix.length - 1);
  // Beyond here come surrogates, which stand for characters that some orders put at the very end.
  if (!(last < 0xd7ff)) return undefined;
  return `${prefix.slice(0, -1)}${String.fromCharCode(last + 1)}`;
}

/** All must let a row through; of parts that are too many, the cheapest are kept. */
function all(parts: readonly Filtering[]): Filtering {
  const filters = parts.map(({ filter }) => filter).filter((filter) => filter !== undefined);
  const kept: MembershipFilter[] = [];
  let left = MOST_COMPARISONS;
  for (const filter of filters.toSorted((a, b) => costOf(a) - costOf(b))) {
    const cost = costOf(filter);
    if (cost > left) break;
    kept.push(filter);
    left -= cost;
  }
  return { ...join('and', kept), isExact: kept.length === filters.length && parts.every(({ isExact }) => isExact) };
}

/** One is enough to let a row through, so none can be left out. */
function any(parts: readonly Filtering[]): Filtering {
  const everything = parts.find(({ filter, isExact }) => !filter && isExact);
  if (everything) return everything;
  if (parts.length === 0) return NOTHING;
  const filters = parts.map(({ filter }) => filter).filter((filter) => filter !== undefined);
  const cost = filters.reduce((sum, filter) => sum + costOf(filter), 0);
  if (filters.length < parts.length || cost > MOST_COMPARISONS) return INEXPRESSIBLE;
  return { ...join('or', filters), isExact: parts.every(({ isExact }) => isExact) };
}

function join(kind: 'and' | 'or', filters: readonly MembershipFilter[]): Pick<Filtering, 'filter'> {
  const [first, second, ...rest] = filters;
  if (!first) return {};
  return { filter: second ? { kind, filters: [first, second, ...rest] } : first };
}
