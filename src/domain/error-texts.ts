// What each error code says: what is wrong and the cure. Codes are in errors.ts; texts may change, codes may not.
// Callers see these texts: no secrets, no personal data. `{name}` is filled from the details of the error.

/** The text of each code; errors.ts holds it to its list of codes. */
export const errorTexts = {
  'settings.invalid': 'App settings are missing or wrong; correct them and restart the app.\n{problems}',
  'app.not-ready': 'The app is not ready: its settings are wrong. Its log names each one. Try again later.',
  'request.invalid': 'The request is not valid: {problem}.',
  'next-link.invalid':
    'This nextLink cannot be used: it is older than a day, was changed, or belongs to another caller or list. Ask for the first page again.',
  'body.invalid': 'The request body is not valid: {problem}.',
  'body.too-large': 'The request body is larger than {maxBytes} bytes. Send less at a time.',
  'body.unsupported': 'The request body must be sent as {expected}, not as {received}.',
  'if-match.missing': 'This change needs an If-Match header. Read the resource first and send its ETag.',
  'if-match.stale': 'The resource changed since you read it. Read it again, then repeat the change with the new ETag.',
  'if-none-match.failed': 'There is one already. Read it, then repeat the change with its ETag in If-Match.',
  'caller.unknown': 'No valid sign-in came with this request. Sign in, or send a bearer token issued for this app.',
  'caller.unverifiable':
    'Sign-ins cannot be checked, because Microsoft Entra gives no signing keys. Try again later; if it lasts, check the network.',
  'caller.too-many': 'Too many requests. Wait as long as the Retry-After header says.',
  'caller.cross-origin':
    'This change came with a browser session, but not from a page of this app. Send it from there, or with a bearer token.',
  'role.missing': 'This needs the permission {permission}. Ask an administrator for a role that includes it.',
  'role.limited':
    'This is about the organization as a whole, and your roles give {permission} for some collections only. Ask an administrator for a role without that limit.',
  'role.unknown': 'There is no such role. Name a built-in role, or the id of a custom role of this organization.',
  'role.built-in': 'Built-in roles cannot be changed. Save a copy under an id of its own, and change that.',
  'role.in-use': 'The role is assigned. Remove its assignments first, or give them another role.',
  'assignment.missing': 'There is no such assignment. Check its id.',
  'assignment.last-administrator':
    'This is the last assignment of Full Administrator for the whole organization. Assign the role to somebody else first.',
  'assignment.forgeable':
    'A collection that limits an assignment, and every collection that limits it, may test only user, department, group and domain, because devices choose all else themselves. Change the rule of {collection}.',
  'grant.exceeded':
    'You can give no more than you have: this needs {permission} for everything it would be given for. Ask an administrator who has it.',
  'grant.too-many': 'An organization can have {most} {what}. Remove some first.',
  'collection.missing': 'There is no such collection. Check its id.',
  'collection.built-in': 'All Mobile Devices is built in and cannot be changed. Save a collection under an id of its own.',
  'collection.protected':
    'You cannot change this collection, because it limits your own rights or others that you do not have. Make one inside it, or ask an administrator who has those rights for all devices.',
  'collection.limit-missing': 'The limiting collection is not there. Name one that you can see; within a scope one has to be named.',
  'collection.cycle': 'The collection would limit itself. Name a limiting collection outside it.',
  'collection.in-use': 'The collection limits {use}. Change that first.',
  'route.missing': 'Nothing answers {method} on this path. Check the path and the method.',
  'organization.missing': 'There is no such organization here. Check its id, or add its connector first.',
  'connector.exists': 'The organization has a connector already. Read it, then change it with its ETag in If-Match.',
  'installation.missing':
    'The installation of this connector has not begun, or the connector was just removed. Read it again in a few minutes.',
  'device.missing': 'There is no such device. Check its id.',
  'run.missing': 'There is no such run. Check its id; runs are removed some time after they ended.',
  'run.already-running': 'A run of this kind goes on already: {run}. Wait for its end, or stop it.',
  'run.full-first': 'A run of this kind needs a full one that has completed. Start a full run first.',
  'run.ended': 'The run has ended, so it cannot be stopped.',
  'run.not-held': 'The run does not wait for anybody to accept what it found missing.',
  'run.stopped': 'The run was stopped before its end, because somebody asked for that. Nothing was marked as gone; start another run.',
  'run.connector-removed': 'The connector was removed while the run went on. Nothing was marked as gone.',
  'run.given-up':
    'The run was started anew {restarts} times and never came to its end. Look into the log for the reason, then start another run.',
  'workflow.unavailable':
    'The task hub did not carry out {request}. Check the storage account of the app; work that is recorded is started again.',
  'run.superseded': 'A newer full run has begun or completed since, and knows better what is gone. Look at that one.',
  'request.timed-out': 'The answer was not ready within {limitMs} ms. Try again; a change already recorded is not recorded twice.',
  'store.stale': 'The record {record} was changed by someone else at the same time. Read it again and repeat the change.',
  'store.exists': 'The record {record} already exists.',
  'store.busy': 'Storage is busy. Try again later.',
  'store.denied':
    'Storage refused {request}. Give the identity of the app the data roles for tables, blobs and queues on the storage account.',
  'store.unavailable': 'Storage did not answer {request}. Check the storage account, its firewall and the name in the settings.',
  'store.missing': 'The record {record} is not there any more.',
  'store.outcome-unknown': 'Storage did not say whether {request} was carried out. Read the record {record} again before repeating it.',
  'store.too-large': 'The record {record} is too large to be stored: {problem}. Shorten it.',
  'store.unexpected': 'Storage cannot be used for {request}: {problem}.',
  'exchange.denied':
    'Exchange Online refused {request}. Check that the role of the connector in Exchange includes the cmdlet and that its scope includes the object.',
  'exchange.bad-parameter': 'Exchange Online did not accept the parameters of {request}.',
  'exchange.throttled': 'Exchange Online asks for fewer requests. Try again later.',
  'exchange.unavailable': 'Exchange Online did not answer {request}. Try again later; if it lasts, look at the service health.',
  'exchange.unauthenticated':
    'Exchange Online did not accept our token for {request}. Grant the app the permission Exchange.ManageAsApp, and check that the connector names the right cloud.',
  'exchange.missing': 'Exchange Online has no object of the id that {request} named.',
  'exchange.exists': 'Exchange Online already has the object that {request} should make.',
  'exchange.incomplete':
    'The read {request} of Exchange Online did not reach its end. It is tried again; nothing is concluded from what came.',
  'exchange.outcome-unknown':
    'Exchange Online did not say whether {request} was carried out. The present state is read before it is tried again.',
  'exchange.unexpected': 'Exchange Online answered {request} in a form the connector does not know.',
  'graph.denied': 'Microsoft Graph refused {request}. Check that the permission is granted to the app and consented to.',
  'graph.bad-request': 'Microsoft Graph did not accept the form of {request}.',
  'graph.throttled': 'Microsoft Graph asks for fewer requests. Try again later.',
  'graph.unavailable': 'Microsoft Graph did not answer {request}. Try again later; if it lasts, look at the service health.',
  'graph.unexpected': 'Microsoft Graph answered {request} in a form the connector does not know.',
  'group.missing': 'The group {group} is not in the directory. Name a group that exists.',
  'intune.unlicensed': 'The organization has no Intune licence, so Microsoft Graph lists no managed devices.',
  'audit.key-invalid': 'The key that signs the audit cannot be used: {problem}.',
  'audit.key-denied':
    'Key Vault refused {request} for the key that signs the audit. Give the identity of the app the role Key Vault Crypto User on the key, and check that the key is there and enabled.',
  'audit.key-unavailable':
    'Key Vault did not answer {request} for the key that signs the audit. It is tried again; if it lasts, check the vault and its firewall.',
  'credential.invalid': 'The credential of the connector cannot be used: {problem}.',
  'identity.denied':
    'Microsoft Entra refused a token for {resource}. Check the app registration and its certificate or federated credential.',
  'identity.unavailable':
    'Microsoft Entra gave no token for {resource}. Try again later; if it lasts, check the network and the managed identity.',
  internal: 'A fault inside the connector. Give the request id to whoever runs it: the log has the details.',
} as const;
