// Keeps a status message and writes it to the log, with the line of the classic log where there was one.
import type { Ports } from '../domain/ports.ts';
import { classicLine, statusMessage } from '../domain/status-message.ts';
import type { StatusFact, StatusMessage, StatusOccasion, StatusSeverity } from '../domain/status-message.ts';

export type StatusNeeds = Pick<Ports, 'statusMessages' | 'log'>;

const LEVELS = { information: 'info', warning: 'warn', error: 'error' } as const satisfies Record<StatusSeverity, string>;

/** Keeps the message, once for its occasion; false when it was there already. */
export async function recordStatusMessage(needs: StatusNeeds, fact: StatusFact, occasion: StatusOccasion): Promise<boolean> {
  const message = statusMessage(fact, occasion);
  const isNew = await needs.statusMessages.add(message);
  if (isNew) write(needs, fact, message);
  return isNew;
}

/** The same where the work does not depend on it: a message that cannot be kept still stands in the log. */
export async function noteStatusMessage(needs: StatusNeeds, fact: StatusFact, occasion: StatusOccasion): Promise<void> {
  try {
    await recordStatusMessage(needs, fact, occasion);
  } catch (error) {
    write(needs, fact, statusMessage(fact, occasion));
    needs.log.warn('status-message.not-kept', { organization: occasion.organization, message: fact.name, error });
  }
}

function write({ log }: StatusNeeds, fact: StatusFact, message: StatusMessage): void {
  const { number, severity, component, organization, related, text } = message;
  log[LEVELS[severity]](classicLine(fact) ?? 'status-message', {
    component,
    ...(message.log && { log: message.log }),
    number,
    organization,
    ...(related && { related }),
    text,
  });
}
