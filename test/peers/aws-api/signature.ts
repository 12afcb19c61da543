import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsRequest } from './server.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w{64})$/;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/**
 * Why AWS would refuse the request, `undefined` where it would not: the signature is computed once more, from the bytes that
 * came and of the headers that it names. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function refusal(request: AwsRequest, credentials: Credentials): Promise<string | undefined> {
  const { authorization = '', ...received } = request.headers;
  const [, region, service, list = '', given] = AUTHORIZATION.exec(authorization) ?? [];
  const [, year, month, day, hour, minute, second] = DATE.exec(String(received['x-amz-date'])) ?? [];
  if (region === undefined || service === undefined || year === undefined) return `no signature: ${authorization}`;
  const names = list.split(';');
  const headers = Object.fromEntries(names.map((name) => [name, String(received[name] ?? '')]));
  // The body counts by this header where it is there, so it must be the body's.
  const digest = new Sha256();
  digest.update(request.body);
  const bodyHash = Buffer.from(await digest.digest()).toString('hex');
  if (headers['x-amz-content-sha256'] !== bodyHash) return 'x-amz-content-sha256 is not that of the body';
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
  const { hostname, port } = new URL(`http://${received.host}`);
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: decodeURIComponent(pathname),
      query: Object.fromEntries(searchParams),
      headers,
      body: request.body,
    },
    {
      signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
      signableHeaders: new Set(names),
    },
  );
  const [, , , signedNames, computed] = AUTHORIZATION.exec(signed.headers.authorization ?? '') ?? [];
  if (signedNames !== list) return `signed are ${list}, and not ${signedNames}`;
  return computed === given ? undefined : `the signature of ${list} is ${computed}, and not ${given}`;
}
