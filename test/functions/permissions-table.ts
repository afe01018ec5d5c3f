// docs/permissions.md as data: what it says of roles, permissions and routes, for tests that hold the API to it.
import { readFile } from 'node:fs/promises';

/** Where the page is. */
export const PAGE = new URL('../../docs/permissions.md', import.meta.url);

/** The page as data. */
export interface PermissionsTable {
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>;
  readonly limitable: ReadonlySet<string>;
  readonly routes: readonly { readonly line: string; readonly permission: string; readonly reach: string }[];
}

/** Reads the page as it is in the project. */
export async function readPermissionsTable(): Promise<PermissionsTable> {
  const tables = (await readFile(PAGE, 'utf8')).split('\n## ').map((section) =>
    section
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) =>
        line
          .slice(2, -2)
          .split(' | ')
          .map((cell) => cell.trim().replaceAll('`', '')),
      ),
  );
  const [, [heads = [], , ...matrix] = [], [, , ...meanings] = [], [, , ...routes] = []] = tables;
  const names = heads.slice(1);
  return {
    roles: new Map(
      names.map((role, column) => [role, new Set(matrix.filter((row) => row[column + 1] === 'x').map(([permission = '']) => permission))]),
    ),
    limitable: new Set(meanings.filter((row) => row[2] === 'yes').map(([permission = '']) => permission)),
    routes: routes.map(([route = '', method = '', permission = '', reach = '']) => ({ line: `${method} ${route}`, permission, reach })),
  };
}
