// What every Mail promises. Run on memory and on Graph over the simulated tenant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Mail, OutgoingMail } from '../../src/domain/mail-port.ts';

/** A mailbox that may send, and what left it so far. */
export interface MailScene {
  readonly mail: Mail;
  readonly sender: string;
  readonly sent: () => readonly SentMail[];
}

export interface SentMail {
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly content: string;
}

function aMail(sender: string, more: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    id: 'message-1',
    sender,
    to: ['alice@contoso.example'],
    subject: 'Your device was blocked',
    body: { form: 'html', content: '<p>Ask the help desk.</p>' },
    ...more,
  };
}

/** Declares the suite; each test gets an outbox of its own. */
export function mailContract(name: string, makeScene: () => Promise<MailScene>): void {
  describe(`mail contract: ${name}`, () => {
    test('a message goes out once, with its own id, to everybody it is for', async () => {
      const { mail, sender, sent } = await makeScene();
      const to = ['alice@contoso.example', 'chloe@contoso.example'];

      await mail.send(aMail(sender, { to, subject: 'Appareil bloqué — 李', importance: 'high', replyTo: ['help@contoso.example'] }));

      assert.deepEqual(sent(), [{ id: 'message-1', to, subject: 'Appareil bloqué — 李', content: '<p>Ask the help desk.</p>' }]);
    });

    test('a message to nobody and one from an unknown mailbox are refused, and nothing goes out', async () => {
      const { mail, sender, sent } = await makeScene();

      await assert.rejects(mail.send(aMail(sender, { to: [] })), { code: 'graph.bad-request' });
      await assert.rejects(mail.send(aMail('nobody@contoso.example')), { code: 'graph.bad-request' });

      assert.deepEqual(sent(), []);
    });

    test('a message that is cancelled in time does not go out', async () => {
      const { mail, sender, sent } = await makeScene();

      await assert.rejects(mail.send(aMail(sender), { signal: AbortSignal.abort() }), { name: 'AbortError' });

      assert.deepEqual(sent(), []);
    });
  });
}
