// A membership filter as an OData filter over rows of devices, and the properties that hold what it compares.
// https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities (strings compare unit by unit; a quote is doubled)
import type { EntraObjectId } from '../../domain/device-identity.ts';
import type { OwnerFacts } from '../../domain/device-record.ts';
import { foldedText } from '../../domain/collection-rule.ts';
import type { Comparison, MembershipFilter } from '../../domain/membership-filter.ts';

import type { RowValues } from './row.ts';

const PROPERTIES = { user: 'ownerUser', department: 'ownerDepartment', domain: 'ownerDomain' } as const;

/** Longer than any text that a rule can name is once folded; what is cut off is never compared. */
const LONGEST_SIDE = 8000;

/** The property that says whose device it is. */
export function ownerUserSide(user: EntraObjectId | undefined): RowValues {
  return { [PROPERTIES.user]: user ?? '' };
}

/** The properties that hold the owner's facts as they are compared; '' for what is not known. */
export function ownerFactsSides(facts: OwnerFacts | undefined): RowValues {
  const side = (text: string | undefined): string => (foldedText(text) ?? '').slice(0, LONGEST_SIDE);
  return { [PROPERTIES.department]: side(facts?.department), [PROPERTIES.domain]: side(facts?.domain) };
}

/** The OData filter; row keys of devices are `rowPrefix` and the id. */
export function membershipFilterText(filter: MembershipFilter, rowPrefix: string): string {
  if (filter.kind === 'compare') return comparisonText(filter, rowPrefix);
  return filter.filters.map((each) => `(${membershipFilterText(each, rowPrefix)})`).join(` ${filter.kind} `);
}

function comparisonText({ field, operator, value }: Comparison, rowPrefix: string): string {
  const [property, compared] = field === 'device' ? ['RowKey', `${rowPrefix}${value}`] : [PROPERTIES[field], value];
  return `${property} ${operator} '${compared.replaceAll("'", "''")}'`;
}
