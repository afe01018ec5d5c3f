// The Mail port on Microsoft Graph: https://learn.microsoft.com/graph/api/user-sendmail. Needs Mail.Send, best limited to the sending mailbox.
import type { Mail, OutgoingMail } from '../../domain/mail-port.ts';
import { createGraphClient } from './graph-client.ts';
import type { GraphClientOptions } from './graph-client.ts';
import { toGraphError } from './graph-errors.ts';

/** Marks our message so that a second copy can be told apart; custom headers must begin with x-. */
const ID_HEADER = 'x-exchange-connector-message';

/** Mail out of the organization whose credential this is. */
export function createGraphMail(options: GraphClientOptions): Mail {
  const client = createGraphClient(options);
  return {
    async send(mail, how = {}) {
      const request = 'POST /users/{id}/sendMail';
      const path = `/users/${encodeURIComponent(mail.sender)}/sendMail`;
      const outcome = await client.call({ request, path, post: toBody(mail), isRepeatable: false, signal: how.signal });
      if (!outcome.isOk) throw toGraphError(outcome.refusal, request);
    },
  };
}

function toBody(mail: OutgoingMail): unknown {
  return {
    message: {
      subject: mail.subject,
      importance: mail.importance ?? 'normal',
      body: { contentType: mail.body.form === 'html' ? 'HTML' : 'Text', content: mail.body.content },
      toRecipients: toRecipients(mail.to),
      ccRecipients: toRecipients(mail.cc ?? []),
      replyTo: toRecipients(mail.replyTo ?? []),
      internetMessageHeaders: [{ name: ID_HEADER, value: mail.id }],
    },
    saveToSentItems: false,
  };
}

function toRecipients(addresses: readonly string[]): { emailAddress: { address: string } }[] {
  return addresses.map((address) => ({ emailAddress: { address } }));
}
