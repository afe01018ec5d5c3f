// The people of the local tenant: one per role of the connector, and employees with phones. Fictional, and the same on every computer.
import { createHash } from 'node:crypto';

export interface Person {
  /** Entra object id. */
  id: string;
  tenantId: string;
  userPrincipalName: string;
  displayName: string;
  /** A BCP 47 tag; undefined leaves the language to the browser. */
  preferredLanguage?: string;
  /** Values of Entra app roles. */
  roles: string[];
  /** Object ids of Entra groups. */
  groups: string[];
  /** Job title and department. */
  title: string;
  /** The connector's role, as people call it. */
  role: string;
  /** What that role allows, in one sentence. */
  mayDo: string;
}

/** A GUID that depends on nothing but its text (SHA-256, marked as version 4 like Entra's own). */
export function guidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
}

/** The tenant id of the simulated organization with this name (`contoso`). */
export function tenantIdOf(name: string): string {
  return guidOf(`tenant/${name}`);
}

/** The object id of a seeded person (`admin`, `alice`). */
export function personId(name: string): string {
  return guidOf(`person/${name}`);
}

/** The object id of a seeded group (`Messaging Administrators`). */
export function groupId(name: string): string {
  return guidOf(`group/${name}`);
}

interface Seed extends Pick<Person, 'displayName' | 'preferredLanguage' | 'roles' | 'title' | 'role' | 'mayDo'> {
  name: string;
  groups: readonly string[];
}

const EMPLOYEE = {
  role: 'Device User',
  mayDo: 'Sees and names the devices of their own mailbox, and wipes or removes them when one is lost.',
  roles: [],
};

const SEEDS: readonly Seed[] = [
  {
    name: 'admin',
    displayName: 'Avery Stone',
    title: 'Messaging Administrator, IT',
    role: 'Full Administrator',
    mayDo: 'Everything: connector, discovery, access rules, policies, wipes and approvals, roles, audit.',
    roles: ['FullAdministrator'],
    groups: ['Messaging Administrators', 'All Employees'],
  },
  {
    name: 'operator',
    displayName: 'Oscar Lindgren',
    title: 'Endpoint Operations Lead, IT',
    role: 'Operations Administrator',
    mayDo: 'Access rules, policies, collections, wipes and approvals. Not the connector itself, roles or the audit.',
    roles: ['OperationsAdministrator'],
    groups: ['Endpoint Operations', 'All Employees'],
  },
  {
    name: 'operator-sales',
    displayName: 'Olivia Santos',
    title: 'Endpoint Operations, Sales IT',
    role: 'Operations Administrator (Sales)',
    mayDo: 'As an Operations Administrator, but for the Sales collection only: other devices do not exist for her.',
    roles: [],
    groups: ['Sales Endpoint Operations', 'All Employees'],
  },
  {
    name: 'approver',
    displayName: 'Priya Raman',
    title: 'Help Desk Lead, IT',
    role: 'Access Approver',
    mayDo: 'Sees devices and reports, allows and blocks devices. No wipes.',
    roles: ['AccessApprover'],
    groups: ['Help Desk', 'All Employees'],
  },
  {
    name: 'analyst',
    displayName: 'Anton Weiss',
    title: 'Endpoint Analyst, IT',
    role: 'Read-only Analyst',
    mayDo: 'Sees devices, runs and reports. Changes nothing.',
    roles: ['ReadOnlyAnalyst'],
    groups: ['Endpoint Analysts', 'All Employees'],
  },
  {
    name: 'auditor',
    displayName: 'Audrey Okafor',
    title: 'Internal Auditor, Finance',
    role: 'Auditor',
    mayDo: 'Sees devices and reports, reads the audit and the evidence of wipes. Changes nothing.',
    roles: ['Auditor'],
    groups: ['Internal Audit', 'All Employees'],
  },
  { name: 'alice', displayName: 'Alice Moreno', title: 'Account Executive, Sales', groups: ['Sales', 'All Employees'], ...EMPLOYEE },
  { name: 'bob', displayName: 'Bob Larsen', title: 'Field Engineer, Operations', groups: ['Field Staff', 'All Employees'], ...EMPLOYEE },
  {
    name: 'chloe',
    displayName: 'Chloé Lefèvre',
    preferredLanguage: 'fr-FR',
    title: 'Cheffe de produit, Marketing',
    groups: ['Marketing', 'All Employees'],
    ...EMPLOYEE,
  },
];

/** The seeded people of a tenant: administrators by falling rights, then employees. Their ids depend on their names alone. */
export function seededPeople(tenantId: string): Person[] {
  return SEEDS.map(({ name, groups, roles, ...rest }) => ({
    id: personId(name),
    tenantId,
    userPrincipalName: `${name}@contoso.example`,
    ...rest,
    roles: [...roles],
    groups: groups.map(groupId),
  }));
}
