// The Mail port in memory: what was sent stays where tests can read it. Bound by the contract suite of the port.
import { AppError } from '../../domain/errors.ts';
import type { Mail, OutgoingMail } from '../../domain/mail-port.ts';

/** Mail that goes no further than this list. */
export interface MemoryMail extends Mail {
  readonly sent: readonly OutgoingMail[];
}

/** An empty outbox, for these senders or for everybody. */
export function createMemoryMail(senders?: ReadonlySet<string>): MemoryMail {
  const sent: OutgoingMail[] = [];
  return {
    sent,
    async send(mail, options = {}) {
      options.signal?.throwIfAborted();
      const request = 'POST /users/{id}/sendMail';
      if (senders && !senders.has(mail.sender)) throw new AppError('graph.bad-request', { request, problem: 'the sender is not known' });
      if (mail.to.length === 0) throw new AppError('graph.bad-request', { request, problem: 'nobody to send to' });
      sent.push(mail);
    },
  };
}
