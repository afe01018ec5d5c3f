// Key and certificate of an application for the certificate credential, as an administrator would upload them; made by the same library as the authority.
import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface ClientCertificate {
  /** Private key and certificate in one PEM text: the value of the connector's setting. */
  readonly pem: string;
  /** The certificate alone, for the registration. */
  readonly certificate: string;
  /** SHA-256 thumbprint, hex in lower case. */
  readonly thumbprint: string;
}

const DAY_MS = 86_400_000;
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };

/** A self-signed RSA certificate, valid for a year. */
export async function createClientCertificate(commonName: string, nowMs: number = Date.now()): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: RSA,
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + 365 * DAY_MS),
    extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const certificate = `${made.toString('pem')}\n`;
  const thumbprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
  return { pem: `${key}\n${certificate}`, certificate, thumbprint };
}
