// The groups that every organization starts with, and who is in them by the seed. Later members: directory.ts.
import { groupId } from '../../host/auth/people.ts';
import type { MailboxFacts, PopulationPlan } from './population.ts';
import { DEPARTMENTS } from './names.ts';
import type { Group } from './types.ts';

export interface SeededGroup {
  readonly group: Group;
  /** Ids of groups inside it. */
  readonly nested: readonly string[];
  /** Whether the user at this position is in it by the seed. */
  holds(facts: MailboxFacts, index: number): boolean;
}

/** Groups of the sign-in people beside those named after a department. */
const STAFF_GROUPS = [
  'Messaging Administrators',
  'Endpoint Operations',
  'Sales Endpoint Operations',
  'Help Desk',
  'Endpoint Analysts',
  'Internal Audit',
  'Field Staff',
];

function isFieldSales(facts: MailboxFacts, index: number): boolean {
  return facts.department === 'Sales' && index % 3 === 2;
}

/** One security group a department (Field Sales inside Sales), the staff groups, one of everybody, a pilot and an empty one. */
export function seededGroups(plan: PopulationPlan): SeededGroup[] {
  const { draw, organization } = plan;
  const isPerson = (facts: MailboxFacts): boolean => facts.type === 'UserMailbox';

  function make(position: number, displayName: string, holds: SeededGroup['holds'], more: Partial<Group> = {}): SeededGroup {
    // Only an organization with sign-in people has the ids that their tokens carry.
    const id = plan.people.size > 0 ? groupId(displayName) : draw.guid('group', position);
    const group = { id, displayName, description: null, mail: null, mailEnabled: false, securityEnabled: true, groupTypes: [], ...more };
    return {
      group,
      nested: [],
      holds: (facts, index) => holds(facts, index) || (plan.people.get(facts.alias)?.groups.includes(id) ?? false),
    };
  }

  const fieldSales = make(20, 'Field Sales', isFieldSales);
  const departments = DEPARTMENTS.map((name, position) => {
    const made = make(position, name, (facts, index) => facts.department === name && !isFieldSales(facts, index));
    return name === 'Sales' ? { ...made, nested: [fieldSales.group.id] } : made;
  });
  const unified = { mail: `pilot@${organization.domain}`, mailEnabled: true, groupTypes: ['Unified'] };
  return [
    ...departments,
    fieldSales,
    ...STAFF_GROUPS.map((name, position) => make(30 + position, name, () => false)),
    make(21, 'All Employees', isPerson, { groupTypes: ['DynamicMembership'] }),
    make(22, 'Mobile Pilot', (facts, index) => isPerson(facts) && draw.below(20, 'group', index, 1) === 0, unified),
    make(23, 'Nobody Yet', () => false),
  ];
}
