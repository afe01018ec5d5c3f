// The Memberships port: asks the directory of the caller's own tenant, through the connector that it has here, and remembers answers for a minute.
// One check costs Graph a request, and callers in very many groups would send one with everything they do.
import type { ConnectorStore } from '../../domain/connector-store-port.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Memberships } from '../../domain/memberships-port.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import type { Clock, Connections } from '../../domain/ports.ts';

export interface MembershipsOptions {
  readonly connectors: Pick<ConnectorStore, 'get'>;
  readonly connections: Pick<Connections, 'directory'>;
  readonly clock: Clock;
}

/** Whoever is taken out of a group loses what it gave them within this time. */
const KEPT_MS = 60_000;
const MOST_KEPT = 1000;

interface Answer {
  readonly askedAt: Instant;
  readonly groups: Promise<ReadonlySet<string>>;
}

/** Memberships by Microsoft Graph. */
export function createMemberships({ connectors, connections, clock }: MembershipsOptions): Memberships {
  const answers = new Map<string, Answer>();

  async function ask(tenantId: string, objectId: string, groups: readonly string[]): Promise<ReadonlySet<string>> {
    const organization = parseOrganizationId(tenantId);
    const connector = organization && (await connectors.get(organization));
    if (!connector) return new Set();
    const found = await connections.directory(connector.value).groupsAmong(objectId, groups);
    return new Set(found.map((id) => id.toLowerCase()));
  }

  return {
    async among(tenantId, objectId, groups) {
      const now = clock.now();
      const key = [tenantId, objectId, ...groups].join(' ');
      const kept = answers.get(key);
      if (kept && isFresh(kept, now)) return kept.groups;
      const answer: Answer = { askedAt: now, groups: ask(tenantId, objectId, groups) };
      answers.delete(key);
      answers.set(key, answer);
      forgetSome(answers, now);
      try {
        return await answer.groups;
      } catch (error) {
        // A failure is nobody's answer: the next one asks again.
        if (answers.get(key) === answer) answers.delete(key);
        throw error;
      }
    },
  };
}

function isFresh({ askedAt }: Answer, now: Instant): boolean {
  const ageMs = msBetween(askedAt, now);
  return ageMs >= 0 && ageMs < KEPT_MS;
}

/** The oldest stand first. */
function forgetSome(answers: Map<string, Answer>, now: Instant): void {
  for (const [key, answer] of answers) {
    if (isFresh(answer, now) && answers.size <= MOST_KEPT) return;
    answers.delete(key);
  }
}
