import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasAddress } from '../../src/domain/mailbox.ts';

const recipient = {
  primarySmtpAddress: 'Jane@contoso.example',
  emailAddresses: ['SMTP:Jane@contoso.example', 'smtp:j.doe@contoso.example', 'X500:/o=x'],
};

test('a recipient has its primary and its other mail addresses, in any case', () => {
  assert.ok(hasAddress(recipient, 'jane@CONTOSO.example'));
  assert.ok(hasAddress(recipient, 'J.Doe@contoso.example'));
});

test('a recipient has no address of another kind, and none that is only part of one', () => {
  assert.equal(hasAddress(recipient, '/o=x'), false);
  assert.equal(hasAddress(recipient, 'doe@contoso.example'), false);
  assert.equal(hasAddress({}, 'jane@contoso.example'), false);
});
