import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { BindingType, ClientCertificate, TlsChannel } from './types.ts';

/** What SASL may know of a TLS connection whose server side we are. Its handshake is done. */
export function tlsChannel(socket: TLSSocket): TlsChannel {
  const certificate = clientCertificate(socket);
  return {
    binding: (type) => BINDINGS[type](socket),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

const BINDINGS: Readonly<Record<BindingType, (socket: TLSSocket) => Uint8Array | undefined>> = {
  'tls-exporter': exporterBinding,
  'tls-server-end-point': endPointBinding,
};

/**
 * RFC 9266 §2. With TLS 1.2 it would need the extended master secret, and Node does not tell whether it was used: it is
 * given for TLS 1.3 only.
 */
function exporterBinding(socket: TLSSocket): Uint8Array | undefined {
  if (socket.getProtocol() !== 'TLSv1.3') return undefined;
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
}

/** RFC 5929 §4.1: our certificate, hashed as its signature is, or with SHA-256 where that would be MD5 or SHA-1. */
function endPointBinding(socket: TLSSocket): Uint8Array | undefined {
  const shown = socket.getCertificate();
  if (shown === null || !('raw' in shown)) return undefined;
  const certificate = new X509Certificate(shown.raw);
  const match = /(md5|sha-?1|sha224|sha256|sha384|sha512)(?:with|$)/i.exec(
    certificate.signatureAlgorithm ?? '',
  );
  // Ed25519 and RSASSA-PSS name no hash function there, and for the first there is none.
  const name = match?.[1]?.toLowerCase().replace('-', '');
  if (name === undefined) return undefined;
  const hash = name === 'md5' || name === 'sha1' ? 'sha256' : name;
  return createHash(hash).update(certificate.raw).digest();
}

function clientCertificate(socket: TLSSocket): ClientCertificate | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  // Names that hold what could be taken for a separator are quoted there, and so do not match.
  const named = (certificate.subjectAltName ?? '').split(', ').flatMap((name) => {
    const address = /^email:([^\s",:]+@[^\s",:]+)$/.exec(name)?.[1];
    return address === undefined ? [] : [address];
  });
  return {
    subject: certificate.subject.split('\n').join(','),
    addresses: named.filter((address) => certificate.checkEmail(address, { subject: 'never' }) !== undefined),
  };
}
