// Removes what the audit has kept long enough. A chain begins anew after a record that a signed head vouches for, so that it can be checked
// without what came before; the purge is itself an event.
import { readHead, signedText } from '../domain/audit-head.ts';
import type { SignedHead } from '../domain/audit-head.ts';
import type { AuditChain } from '../domain/audit.ts';
import type { Checkpoint } from '../domain/audit-port.ts';
import { RULES, toAppError } from '../domain/errors.ts';
import { addMs, compareInstants } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { purgeEntry } from './purge-entry.ts';

type Needs = Pick<Ports, 'audit' | 'auditHeads' | 'auditKey' | 'clock' | 'ids' | 'log'>;

const DAY_MS = 24 * 60 * 60_000;
/** A name is written anew once in thirty days of use. */
const NAME_SLACK_MS = 31 * DAY_MS;

/** Does so for every chain; one that fails keeps nobody from purging the others. Answers how many records were removed. */
export async function purgeAudits(needs: Needs, keepDays: number): Promise<number> {
  let removed = 0;
  for (const chain of await needs.audit.chains()) {
    try {
      removed += await purgeAudit(needs, chain, keepDays);
    } catch (thrown) {
      const error = toAppError(thrown);
      needs.log[RULES[error.kind].logLevel]('audit.not-purged', { chain, code: error.code, error });
    }
  }
  return removed;
}

/** Removes records older than so many days, as far as signed heads reach; answers how many. What a purge that was ended left is removed first. */
export async function purgeAudit(needs: Needs, chain: AuditChain, keepDays: number): Promise<number> {
  const { audit, auditHeads, clock } = needs;
  const horizon = addMs(clock.now(), -keepDays * DAY_MS);
  const start = await audit.checkpoint(chain);
  const left = start ? await audit.removeThrough(chain, start.sequence) : 0;
  const cut = await cutBefore(needs, chain, start, horizon);
  if (!cut) return left;
  const count = cut.sequence - (start?.sequence ?? 0);
  const { sequence, hash } = cut;
  await audit.keepCheckpoint(
    chain,
    { sequence, hash },
    purgeEntry(needs, chain, { subject: 'audit', before: horizon, count, through: sequence }),
  );
  await audit.removeThrough(chain, sequence);
  await audit.removeNames(chain, addMs(horizon, -NAME_SLACK_MS));
  await auditHeads.removeBelow(chain, sequence);
  return left + count;
}

/** The newest valid head that was signed before then and fits the chain; undefined when nothing can go. */
async function cutBefore(
  needs: Needs,
  chain: AuditChain,
  start: Checkpoint | undefined,
  horizon: Instant,
): Promise<SignedHead | undefined> {
  let newest: SignedHead | undefined;
  for await (const { sequence, text } of needs.auditHeads.list(chain)) {
    const head = readHead(text);
    const isHead = head !== undefined && head.sequence === sequence && head.chain === chain;
    if (!isHead || sequence <= (start?.sequence ?? 0)) continue;
    if (compareInstants(head.signedAt, horizon) >= 0) break;
    newest = head;
  }
  if (!newest) return undefined;
  const { algorithm, keyId, signature, sequence } = newest;
  const verdict = await needs.auditKey.verify(signedText(newest), { algorithm, keyId, signature });
  const record = await needs.audit.record(chain, sequence);
  if (verdict === 'valid' && record?.hash === newest.hash) return newest;
  // Purging would hide what is wrong.
  needs.log.error('audit.purge-refused', { chain, sequence, verdict, isRecorded: record !== undefined });
  return undefined;
}
