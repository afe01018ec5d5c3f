// Signs the present end of a chain and keeps the signature where the writer of the tables cannot reach it.
// The chain is not checked here (verify-audit.ts): what was rewritten is signed too, and does not fit the heads that were signed before.
import { headFacts, isSigningDue, readHead, signedText } from '../domain/audit-head.ts';
import type { SignedHead } from '../domain/audit-head.ts';
import type { AuditChain } from '../domain/audit.ts';
import type { Ports } from '../domain/ports.ts';

type Needs = Pick<Ports, 'audit' | 'auditHeads' | 'auditKey' | 'clock' | 'log'>;

/** Signs the head when it is due, or with `isForced` whenever there is anything new. */
export async function signAuditHead(
  needs: Needs,
  chain: AuditChain,
  { isForced = false }: { readonly isForced?: boolean } = {},
): Promise<'signed' | 'not-due'> {
  const { audit, auditKey, clock } = needs;
  const [end, last] = await Promise.all([audit.end(chain), audit.lastSigned(chain)]);
  const now = clock.now();
  const isNew = end !== undefined && end.value.sequence > (last?.sequence ?? 0);
  if (!isNew || !(isForced || isSigningDue(end.value, last, now))) return 'not-due';
  const facts = headFacts(chain, end.value, now, last?.sequence);
  const head: SignedHead = { ...facts, ...(await auditKey.sign(signedText(facts))) };
  await keep(needs, head);
  return 'signed';
}

async function keep({ audit, auditHeads, log }: Needs, head: SignedHead): Promise<void> {
  const { chain, sequence } = head;
  if (await auditHeads.keep(head)) {
    await audit.keepLastSigned(chain, { sequence, at: head.signedAt });
    return;
  }
  // Whoever kept it was ended before the tables heard of it, or was faster.
  const kept = readHead((await auditHeads.get(chain, sequence))?.text ?? '');
  if (kept?.hash !== head.hash) log.error('audit.head-contradicts', { chain, sequence, keptHash: kept?.hash, hash: head.hash });
  await audit.keepLastSigned(chain, { sequence, at: kept?.signedAt ?? head.signedAt });
}
