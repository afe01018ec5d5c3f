// Why Microsoft Entra refuses a token, by its AADSTS number, and what to do about it.
// Numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
import type { Diagnosis, DiagnosisFacts } from './diagnosis.ts';
import type { AppError } from './errors.ts';

interface Refusal {
  readonly cause: string;
  readonly cure: string;
}

const FEDERATED_CURE =
  'Compare issuer, subject and audience of the federated credential in the app registration with those of the token that vouches; each must be equal letter by letter.';

const REFUSALS: Readonly<Record<string, Refusal>> = {
  '90002': {
    cause: 'Microsoft Entra knows no such organization in this cloud.',
    cure: 'Check the organization and CONNECTOR_CLOUD.',
  },
  '700016': {
    cause: 'The organization does not know the application: the client id is wrong, or nobody there has consented to it.',
    cure: 'Check CONNECTOR_CLIENT_ID and the organization; an application of another tenant needs the consent of an administrator of this one.',
  },
  '7000112': {
    cause: 'The application is disabled in the organization.',
    cure: 'Enable it: Microsoft Entra, Enterprise applications, Properties, Enabled for users to sign in.',
  },
  '7000215': {
    cause: 'The client secret is wrong.',
    cure: "Store the secret's value, not its id, in the setting that CONNECTOR_CREDENTIAL_NAME names.",
  },
  '7000222': {
    cause: 'The client secret has expired.',
    cure: 'Make a new secret for the app registration, store its value in the setting that CONNECTOR_CREDENTIAL_NAME names, and restart the app; or use a certificate.',
  },
  '700027': {
    cause: 'The certificate is not one of the app registration, or its key does not fit.',
    cure: 'Upload the public part of the very certificate that the setting holds to the app registration (Certificates & secrets).',
  },
  '700024': {
    cause: 'The assertion is not valid at this time: the clock of this machine is wrong, or the token that vouches is old.',
    cure: 'Set the clock; with federated-file, check that the platform renews the file.',
  },
  '700211': { cause: 'The issuer of the token that vouches fits no federated credential of the app registration.', cure: FEDERATED_CURE },
  '700212': { cause: 'The audience of the token that vouches fits no federated credential of the app registration.', cure: FEDERATED_CURE },
  '700213': { cause: 'The subject of the token that vouches fits no federated credential of the app registration.', cure: FEDERATED_CURE },
  '70021': { cause: 'The token that vouches fits no federated credential of the app registration.', cure: FEDERATED_CURE },
  '500011': {
    cause: 'The organization does not know the service: it has no licence for it, or it is in another cloud.',
    cure: 'Check CONNECTOR_CLOUD and the licences of the organization.',
  },
  '53003': {
    cause: 'A conditional access policy for workload identities blocks the application.',
    cure: 'Let the application through: Microsoft Entra, Conditional Access; the sign-in log of service principals names the policy.',
  },
};

/** The diagnosis for a token that Entra refused. */
export function entraDiagnosis(error: AppError, { credential }: DiagnosisFacts): Diagnosis {
  const { reason, answer } = error.details;
  const number = typeof reason === 'string' ? reason.replace('AADSTS', '') : '';
  const known = REFUSALS[number];
  const detail = typeof reason === 'string' ? reason : undefined;
  const said = typeof answer === 'string' ? answer : 'no reason given';
  return {
    state: 'failed',
    ...(detail !== undefined && { detail }),
    cause: known?.cause ?? `Microsoft Entra refuses a token: ${said}`,
    cure: known?.cure ?? otherCure(number, credential.kind),
  };
}

function otherCure(number: string, kind: DiagnosisFacts['credential']['kind']): string {
  if (kind === 'managed-identity') return 'Check that the managed identity exists and that CONNECTOR_CLIENT_ID, if set, is its client id.';
  const page = number === '' ? '' : ` The number is explained at https://login.microsoftonline.com/error?code=${number}.`;
  return `Check CONNECTOR_CLIENT_ID, CONNECTOR_CREDENTIAL and what the credential's setting holds.${page}`;
}
