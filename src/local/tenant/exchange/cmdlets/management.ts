// The organization's configuration and the caller's own permissions: what setup checks read.
// https://learn.microsoft.com/powershell/exchange/find-exchange-cmdlet-permissions
import type { OrganizationWorld } from '../../world/organization.ts';
import type { Application } from '../../world/types.ts';
import type { Call, ReadCmdlet } from '../cmdlet.ts';
import { boolColumn, guidColumn, listColumn, textColumn, type Column } from '../columns.ts';
import { errors } from '../exchange-error.ts';
import type { ParameterTable } from '../parameters.ts';
import { rolesWith } from '../rbac.ts';
import { listSource } from '../row-source.ts';

const CONFIG_COLUMNS: readonly Column<OrganizationWorld>[] = [
  textColumn('Name', ({ organization }) => organization.initialDomain),
  textColumn('DisplayName', ({ organization }) => organization.displayName),
  textColumn('Identity', ({ organization }) => organization.initialDomain),
  guidColumn('Guid', ({ organization }) => organization.tenantId),
  textColumn('ExternalDirectoryOrganizationId', ({ organization }) => organization.tenantId),
  textColumn(
    'OrganizationId',
    ({ organization }) => `EURPR05A005.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/${organization.initialDomain}`,
  ),
  boolColumn('OAuth2ClientProfileEnabled', () => true),
  boolColumn('IsDehydrated', () => false),
  textColumn('AdminDisplayVersion', () => '0.20 (15.20.9999.0)'),
];

export const getOrganizationConfig: ReadCmdlet = {
  kind: 'read',
  parameters: {},
  run: (call) => listSource(CONFIG_COLUMNS, [call.organization]),
};

interface RoleEntry {
  readonly cmdlet: string;
  readonly role: string;
  readonly parameters: readonly string[];
}

const ENTRY_COLUMNS: readonly Column<RoleEntry>[] = [
  textColumn('Name', ({ cmdlet }) => cmdlet),
  textColumn('Role', ({ role }) => role),
  listColumn('Parameters', ({ parameters }) => parameters),
  textColumn('Identity', ({ cmdlet, role }) => `${role}\\${cmdlet}`),
  textColumn('Type', () => 'Cmdlet'),
];

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 'i');
}

/** Role entries as they are visible to the caller; the tables of the cmdlets give their parameters. */
export function managementRoleEntries(tables: () => ReadonlyMap<string, ParameterTable>): ReadCmdlet {
  return {
    kind: 'read',
    parameters: { Identity: 'text', Parameters: 'list', PSSnapinName: 'text', Type: 'list', ResultSize: 'size' },
    run(call) {
      const [role = '*', cmdlet = '*'] = call.parameters.required('Identity').split('\\');
      const wanted = call.parameters.list('Parameters');
      const needed = wanted && 'replace' in wanted ? wanted.replace.map((name) => name.toLowerCase()) : [];
      return listSource(ENTRY_COLUMNS, [...entriesOf(call, tables(), wildcard(role), wildcard(cmdlet), needed)]);
    },
  };
}

function* entriesOf(
  call: Call,
  tables: ReadonlyMap<string, ParameterTable>,
  role: RegExp,
  cmdlet: RegExp,
  needed: readonly string[],
): Iterable<RoleEntry> {
  const denied = call.organization.directory.application(call.caller.appId)?.deniedParameters ?? [];
  for (const [name, table] of tables) {
    if (!cmdlet.test(name) || !call.caller.cmdlets.has(name)) continue;
    const parameters = Object.keys(table).filter(
      (parameter) => !denied.some((one) => one.toLowerCase() === `${name}:${parameter}`.toLowerCase()),
    );
    const holds = needed.every((parameter) => parameters.some((one) => one.toLowerCase() === parameter));
    const roles = holds ? rolesWith(name).filter((one) => role.test(one)) : [];
    yield* roles.map((one) => ({ cmdlet: name, role: one, parameters }));
  }
}

const ROLE_COLUMNS: readonly Column<string>[] = [
  textColumn('Name', (role) => role),
  textColumn('Identity', (role) => role),
  textColumn('RoleType', (role) => role.replaceAll(/[ -]/g, '')),
];

export const getManagementRole: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text', Cmdlet: 'text', CmdletParameters: 'list', RoleType: 'text' },
  run(call) {
    const cmdlet = call.parameters.text('Cmdlet');
    const roles = new Set(
      [...call.caller.cmdlets].filter((name) => !cmdlet || name.toLowerCase() === cmdlet.toLowerCase()).flatMap(rolesWith),
    );
    const identity = call.parameters.text('Identity');
    return listSource(
      ROLE_COLUMNS,
      [...roles].filter((role) => !identity || role.toLowerCase() === identity.toLowerCase()),
    );
  },
};

const PRINCIPAL_COLUMNS: readonly Column<Application>[] = [
  guidColumn('AppId', ({ appId }) => appId),
  guidColumn('ObjectId', ({ objectId }) => objectId),
  textColumn('DisplayName', ({ displayName }) => displayName),
  textColumn('Identity', ({ objectId }) => objectId),
];

export const getServicePrincipal: ReadCmdlet = {
  kind: 'read',
  parameters: { Identity: 'text', ResultSize: 'size' },
  run(call) {
    const { directory } = call.organization;
    const identity = call.parameters.text('Identity');
    if (!identity) return listSource(PRINCIPAL_COLUMNS, [...directory.applications()]);
    const application = directory.application(identity);
    if (!application) throw errors.notFound(identity, call.switches.notFoundStatus);
    return listSource(PRINCIPAL_COLUMNS, [application]);
  },
};
