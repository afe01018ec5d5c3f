// Mail through the simulated Graph: taken, kept in the world's outbox, never delivered. https://learn.microsoft.com/graph/api/user-sendmail
import { GraphFailure } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';

const MAX_HEADERS = 5;

/** POST /users/{id}/sendMail */
export function sendMail(context: GraphContext, id: string): GraphAnswer {
  const { organization, world, claims } = context;
  const sender = organization.directory.user(id);
  if (!sender) throw new GraphFailure(404, 'ErrorInvalidUser', `The requested user '${id}' is invalid.`);
  const message = messageOf(context.body);
  const mail = { senderId: sender.id, appId: claims.appId, message };
  world.commit(organization.organization.tenantId, [{ kind: 'mail.record', mail }], {
    appId: claims.appId,
    objectId: claims.objectId,
    cmdlet: 'sendMail',
    parameters: { sender: sender.id },
  });
  return { status: 202 };
}

function messageOf(body: unknown): Record<string, unknown> {
  const message = fieldOf(body, 'message');
  if (typeof message !== 'object' || message === null) throw bad('RequestBodyRead', "The property 'message' is missing.");
  const to = fieldOf(message, 'toRecipients');
  const addresses = Array.isArray(to) ? to.map((one) => fieldOf(fieldOf(one, 'emailAddress'), 'address')) : [];
  if (addresses.length === 0 || !addresses.every((address) => typeof address === 'string' && /^[^\s@]+@[^\s@]+$/.test(address))) {
    throw bad('ErrorInvalidRecipients', 'At least one recipient is not valid.');
  }
  const headers = fieldOf(message, 'internetMessageHeaders') ?? [];
  const names = Array.isArray(headers) ? headers.map((one) => fieldOf(one, 'name')) : [];
  if (names.length > MAX_HEADERS || !names.every((name) => typeof name === 'string' && /^x-/i.test(name))) {
    throw bad(
      'InvalidInternetMessageHeader',
      "The internet message header name should start with 'x-' or 'X-', and there may be five of them.",
    );
  }
  return { ...message };
}

function bad(code: string, message: string): GraphFailure {
  return new GraphFailure(400, code, message);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
}
