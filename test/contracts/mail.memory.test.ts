// Mail in memory keeps the promises of its port.
import { createMemoryMail } from '../../src/adapters/memory/mail.ts';
import { mailContract } from './mail.ts';

const sender = 'connector@contoso.example';

mailContract('memory', async () => {
  const mail = createMemoryMail(new Set([sender]));
  return { mail, sender, sent: () => mail.sent.map(({ id, to, subject, body }) => ({ id, to, subject, content: body.content })) };
});
