// The page docs/permissions.md, made of the roles and of the routes that are registered; a test keeps them the same.
import { builtInRoleNames, builtInRoles, isLimitable, permissions, permissionsOf, permissionTexts } from '../../domain/role.ts';
import type { ApiRoute } from './route.ts';

const REACH: Readonly<Record<ApiRoute['about'], string>> = {
  caller: 'any caller: each is shown what is theirs',
  deployment: 'the deployment: an app role in its home tenant',
  organization: 'the whole organization',
  devices: 'the whole organization, or collections',
};

/** The whole page, as Markdown. `open`: functions without a caller, with what each is for. */
export function permissionsPage(routes: readonly ApiRoute[], open: Readonly<Record<string, string>>): string {
  return [
    '# Permissions',
    '',
    'Made from the routes that are registered and from `src/domain/role.ts`; do not edit it here.',
    '',
    'A role is a set of permissions. An assignment gives a role to a user, a group or an application of Microsoft Entra, in one organization: for all of it, or for',
    'some of its collections. Whoever is limited to collections has only the permissions that can be limited, for the devices in these collections.',
    'A device or collection outside, and an organization in which somebody has no permission, is answered like one that does not exist: 404, with the same body.',
    'That goes for acts as well: to act on a device one has to see it, so that a role needs `Collection.Read` beside what it allows to do.',
    'What may be seen and not be done is answered with 403 and the name of the permission. Without a valid token or session every route below answers 401.',
    '',
    '## Roles',
    '',
    'Built-in roles cannot be changed; an organization can make its own of the same permissions. Everybody who signs in is a **Device User** of their own devices besides.',
    '',
    ...table(
      ['permission', ...builtInRoles.map((role) => builtInRoleNames[role])],
      permissions.map((permission) => [
        `\`${permission}\``,
        ...builtInRoles.map((role) => (permissionsOf(role).has(permission) ? 'x' : '')),
      ]),
    ),
    '',
    '## What permissions allow',
    '',
    ...table(
      ['permission', 'allows', 'for collections'],
      permissions.map((permission) => [`\`${permission}\``, permissionTexts[permission], isLimitable(permission) ? 'yes' : 'no']),
    ),
    '',
    '## Routes',
    '',
    'All begin with `/api`. Who may GET may HEAD. `for` says for what the permission has to be held; where that is _the whole organization_, somebody who has it for',
    'collections is refused.',
    '',
    ...table(
      ['route', 'method', 'permission', 'for', 'what it does'],
      routes.toSorted(byRoute).map(({ route, method, permission, about, summary }) => {
        const needed = permission === undefined ? '' : `\`${permission}\``;
        return [`\`/${route}\``, method, needed, REACH[about], summary];
      }),
    ),
    '',
    '## Without a caller',
    '',
    ...table(
      ['function', 'what it does'],
      Object.entries(open).map(([name, what]) => [`\`${name}\``, what]),
    ),
    '',
  ].join('\n');
}

/** A table whose columns are as wide as the formatter makes them. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'];

function byRoute(a: ApiRoute, b: ApiRoute): number {
  if (a.route !== b.route) return a.route < b.route ? -1 : 1;
  return METHODS.indexOf(a.method) - METHODS.indexOf(b.method);
}
