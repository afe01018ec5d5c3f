// How a connector proves to Microsoft Entra who it is. Never the proof itself: secrets and certificates are named, and the app settings hold them.
// The kinds are those that Exchange Online and Graph accept from an app without a signed-in user.

/** Part of a setting's name that a caller may choose: upper case, so that it reads as a name and cannot point into other settings. */
type CredentialName = string;

/** The credential of a connector, as an administrator writes it. */
export type Credential =
  /** The identity of the Function app: system-assigned, or user-assigned when `clientId` says which. */
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  /** A certificate with its key, in the setting `CONNECTOR_CERTIFICATE_<name>`. */
  | { readonly kind: 'certificate'; readonly clientId: string; readonly name: CredentialName }
  /** A client secret, in the setting `CONNECTOR_SECRET_<name>`. */
  | { readonly kind: 'secret'; readonly clientId: string; readonly name: CredentialName }
  /** A token of the app's managed identity vouches for `clientId`, which may live in another tenant. */
  | { readonly kind: 'federated-identity'; readonly clientId: string; readonly managedIdentityClientId?: string }
  /** A token that the platform writes to the file named by the setting `CONNECTOR_TOKEN_FILE_<name>` vouches for `clientId`. */
  | { readonly kind: 'federated-file'; readonly clientId: string; readonly name: CredentialName };

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

const PREFIX = {
  certificate: 'CONNECTOR_CERTIFICATE_',
  secret: 'CONNECTOR_SECRET_',
  'federated-file': 'CONNECTOR_TOKEN_FILE_',
} as const;

/** Whether `text` can name a secret, a certificate or a token file. */
function isCredentialName(text: string): boolean {
  return NAME.test(text);
}

/** The app setting that holds what the credential names; undefined for kinds that need none and for names that are not allowed. */
export function settingOf(credential: Credential): string | undefined {
  if (credential.kind === 'managed-identity' || credential.kind === 'federated-identity') return undefined;
  return isCredentialName(credential.name) ? `${PREFIX[credential.kind]}${credential.name}` : undefined;
}
