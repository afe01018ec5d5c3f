// The MailboxStore port on tables.
import type { MailboxAccess } from '../../domain/mailbox.ts';
import type { MailboxObservation, MailboxStore } from '../../domain/mailbox-store-port.ts';
import { ObservedTable } from './observed-table.ts';
import type { Observed } from './observed-table.ts';
import type { Table } from './row.ts';

/** Mailboxes kept in a table, with lookups by distinguished name. */
export function createMailboxStore(tables: { readonly mailboxes: Table; readonly lookups: Table }): MailboxStore {
  const kept = new ObservedTable<MailboxAccess>({
    table: tables.mailboxes,
    lookups: tables.lookups,
    idOf: ({ guid }) => guid,
    lookup: { kind: 'mailbox-name', nameOf: ({ distinguishedName }) => distinguishedName },
  });
  const toDomain = ({ content, observedAt }: Observed<MailboxAccess>): MailboxObservation => ({ mailbox: content, observedAt });

  return {
    async get(organization, id) {
      const found = await kept.get(organization, id);
      return found && toDomain(found);
    },

    writer(organization, comparison) {
      const writer = kept.writer(organization, comparison);
      return {
        add: (given) => writer.add(given.map(({ mailbox, observedAt }) => ({ content: mailbox, observedAt }))),
        finish: () => writer.finish(),
      };
    },

    async *pages(organization, partition) {
      for await (const page of kept.pages(organization, partition)) yield page.map(toDomain);
    },

    async withDistinguishedName(organization, name) {
      return (await kept.named(organization, name)).map(toDomain);
    },

    remove: (organization, ids) => kept.remove(organization, ids),
    rebuildLookups: (organization) => kept.rebuildLookups(organization),
    removeAll: (organization) => kept.removeAll(organization),
  };
}
