// Mail on Microsoft Graph keeps the promises of its port: the real client, over https, against the simulated tenant.
import assert from 'node:assert/strict';
import { createGraphMail } from '../../src/adapters/graph/graph-mail.ts';
import { startGraph } from '../adapters/graph/graph-fixture.ts';
import { TENANT } from '../adapters/graph/tenant-fixture.ts';
import { mailContract } from './mail.ts';
import type { SentMail } from './mail.ts';

interface WireMessage {
  readonly subject: string;
  readonly body: { readonly content: string };
  readonly toRecipients: readonly { readonly emailAddress: { readonly address: string } }[];
  readonly internetMessageHeaders: readonly { readonly value: string }[];
}

function toSent(message: unknown): SentMail {
  const { subject, body, toRecipients, internetMessageHeaders } = message as WireMessage;
  const to = toRecipients.map(({ emailAddress }) => emailAddress.address);
  return { id: internetMessageHeaders[0]?.value ?? '', to, subject, content: body.content };
}

mailContract('graph', async () => {
  const { world, options } = await startGraph({ mailboxes: 12 });
  const directory = world.organization(TENANT)?.directory;
  const sender = directory?.user('admin@contoso.example')?.id;
  assert.ok(directory && sender);
  return { mail: createGraphMail(options), sender, sent: () => directory.sentMail().map(({ message }) => toSent(message)) };
});
