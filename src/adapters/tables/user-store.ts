// The UserStore port on tables.
import type { UserObservation, UserStore } from '../../domain/user-store-port.ts';
import { ObservedTable } from './observed-table.ts';
import type { Observed } from './observed-table.ts';
import type { Table } from './row.ts';

type Content = Omit<UserObservation, 'observedAt'>;

/** Users kept in a table, with lookups by user principal name. */
export function createUserStore(tables: { readonly users: Table; readonly lookups: Table }): UserStore {
  const kept = new ObservedTable<Content>({
    table: tables.users,
    lookups: tables.lookups,
    idOf: ({ user }) => user.id,
    lookup: { kind: 'user-name', nameOf: ({ user }) => user.userPrincipalName },
  });
  const toDomain = ({ content, observedAt }: Observed<Content>): UserObservation => ({ ...content, observedAt });

  return {
    async get(organization, id) {
      const found = await kept.get(organization, id);
      return found && toDomain(found);
    },

    writer(organization, comparison) {
      const writer = kept.writer(organization, comparison);
      return {
        add: (given) => writer.add(given.map(({ observedAt, ...content }) => ({ content, observedAt }))),
        finish: () => writer.finish(),
      };
    },

    async *pages(organization, partition) {
      for await (const page of kept.pages(organization, partition)) yield page.map(toDomain);
    },

    async withUserPrincipalName(organization, name) {
      return (await kept.named(organization, name)).map(toDomain);
    },

    remove: (organization, ids) => kept.remove(organization, ids),
    rebuildLookups: (organization) => kept.rebuildLookups(organization),
    removeAll: (organization) => kept.removeAll(organization),
  };
}
