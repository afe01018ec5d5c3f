// Whether the recipient behind the address of the notification mailbox can send mail: a user or shared mailbox can, a group or a room cannot.
// Kinds: https://learn.microsoft.com/powershell/module/exchangepowershell/get-recipient (RecipientTypeDetails)
import type { CheckFinding } from './installation-check.ts';
import type { Recipient } from './mailbox.ts';

const SUBJECT = { check: 'Notification mailbox', ability: 'mail.send' } as const;

const SENDERS: Readonly<Record<string, string>> = { UserMailbox: 'a user mailbox', SharedMailbox: 'a shared mailbox' };
const CURE = 'Name a user or shared mailbox as notificationMailbox of the connector.';

/** The finding for a connector that names no mailbox. */
export const noNotificationMailbox: CheckFinding = { ...SUBJECT, state: 'unknown', detail: 'none is named: no mail is sent' };

/** The finding where the mailbox could not be looked for. */
export function untriedNotificationMailbox(why: string): CheckFinding {
  return { ...SUBJECT, state: 'unknown', detail: `not tried: ${why}` };
}

/** What the recipients that have the address mean. */
export function judgeNotificationMailbox(recipients: readonly Recipient[]): CheckFinding {
  const [recipient, ...more] = recipients;
  if (!recipient) {
    return {
      ...SUBJECT,
      state: 'failed',
      cause: 'No recipient of the organization has the address of the notification mailbox.',
      cure: CURE,
    };
  }
  if (more.length > 0) {
    const cause = `${recipients.length} recipients have the address of the notification mailbox.`;
    return { ...SUBJECT, state: 'failed', cause, cure: 'Let one recipient have the address, or name another mailbox.' };
  }
  const kind = recipient.recipientTypeDetails ?? recipient.recipientType ?? 'of an unknown kind';
  const sender = SENDERS[kind];
  if (sender !== undefined) return { ...SUBJECT, state: 'works', detail: sender };
  const what = /group|list/i.test(kind)
    ? `a group (${kind}), which can receive mail but not send it`
    : `no mailbox of a kind that can send (${kind})`;
  return { ...SUBJECT, state: 'failed', detail: kind, cause: `The address of the notification mailbox belongs to ${what}.`, cure: CURE };
}
