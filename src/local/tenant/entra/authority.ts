// The certificate authority of the simulated tenant, made at first start: production code speaks https only, so the tenant does too.
// The app trusts it through NODE_EXTRA_CA_CERTS. Its name constraints (RFC 5280, 4.2.1.10) let it vouch for this machine and nothing else.
import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { writeAtomically } from './atomic-file.ts';

export interface Authority {
  /** The authority's certificate, for clients. */
  caPem: string;
  /** Where `caPem` is kept: the value for NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** Private key and certificate of the https server on localhost, 127.0.0.1 and [::1]. */
  key: string;
  cert: string;
}

interface Pair {
  key: string;
  cert: string;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 365;
const RENEW_DAYS_BEFORE = 30;
/** Clocks of containers and virtual machines may be behind. */
const BACKDATE_DAYS = 1;
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const AUTHORITY_NAME = 'CN=Simulated tenant authority';
const LOOPBACK_V6 = '0000:0000:0000:0000:0000:0000:0000:0001';

/** The authority kept in `directory`, made or renewed when it is missing, damaged or within 30 days of its end. */
export async function createAuthority(directory: string, nowMs: () => number = Date.now): Promise<Authority> {
  const caFile = join(directory, 'authority.pem');
  const root = await keptPair(join(directory, 'authority.key.pem'), nowMs(), () => makeRoot(nowMs()));
  const rootKey = new NodeCertificate(root.cert).publicKey;
  const isOurs = (pair: Pair): boolean => new NodeCertificate(pair.cert).verify(rootKey);
  const server = await keptPair(join(directory, 'server.key.pem'), nowMs(), () => makeServer(root, nowMs()), isOurs);
  if ((await textOf(caFile)) !== root.cert) await writeAtomically(caFile, root.cert, 0o644);
  return { caPem: root.cert, caFile, key: server.key, cert: server.cert };
}

/** Key and certificate share one file, so that a crash between two writes cannot leave two halves that do not match. */
async function keptPair(
  path: string,
  nowMs: number,
  make: () => Promise<Pair>,
  accept: (pair: Pair) => boolean = () => true,
): Promise<Pair> {
  const kept = usablePair(await textOf(path), nowMs);
  if (kept && accept(kept)) return kept;
  const made = await make();
  await writeAtomically(path, `${made.key}${made.cert}`, 0o600);
  return made;
}

function usablePair(text: string | undefined, nowMs: number): Pair | undefined {
  const start = text?.indexOf('-----BEGIN CERTIFICATE-----') ?? -1;
  if (text === undefined || start < 0) return undefined;
  const pair = { key: text.slice(0, start), cert: text.slice(start) };
  try {
    const certificate = new NodeCertificate(pair.cert);
    const isCurrent = Date.parse(certificate.validFrom) <= nowMs && Date.parse(certificate.validTo) - nowMs > RENEW_DAYS_BEFORE * DAY_MS;
    return isCurrent && certificate.checkPrivateKey(createPrivateKey(pair.key)) ? pair : undefined;
  } catch {
    // A damaged file is replaced like a missing one: nothing else depends on the old key.
    return undefined;
  }
}

async function makeRoot(nowMs: number): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: AUTHORITY_NAME,
    keys: keys,
    signingAlgorithm: SIGNATURE,
    ...validity(nowMs, AUTHORITY_DAYS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.Extension('2.5.29.30', true, thisMachineOnly()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await privateKeyPem(keys.privateKey), cert: pem(certificate) };
}

async function makeServer(root: Pair, nowMs: number): Promise<Pair> {
  const issuer = new x509.X509Certificate(root.cert);
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(root.key), CURVE, false, ['sign']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: signingKey,
    signingAlgorithm: SIGNATURE,
    ...validity(nowMs, SERVER_DAYS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: LOOPBACK_V6 },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await privateKeyPem(keys.privateKey), cert: pem(certificate) };
}

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - BACKDATE_DAYS * DAY_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** NameConstraints with three permitted subtrees: DNS `localhost`, 127.0.0.1/32 and ::1/128. */
function thisMachineOnly(): Buffer {
  const v6 = Buffer.from(LOOPBACK_V6.replaceAll(':', ''), 'hex');
  const subtrees = [
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.of(127, 0, 0, 1, 255, 255, 255, 255)),
    der(0x87, Buffer.concat([v6, Buffer.alloc(16, 255)])),
  ];
  return der(0x30, der(0xa0, Buffer.concat(subtrees.map((name) => der(0x30, name)))));
}

/** One DER element; every length here is below 128 and fits one byte. */
function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
