import type { Response } from 'express';

/** One cookie of a Cookie header (RFC 6265 §4.2.1); ours hold URL-safe characters only, so nothing is decoded. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

export type CookieOptions = { readonly secure: boolean; readonly maxAgeSeconds: number };

/** Sets a cookie that scripts cannot read and other sites cannot send. */
export function setCookie(
  response: Response,
  name: string,
  value: string,
  { secure, maxAgeSeconds }: CookieOptions,
): void {
  const attributes = [
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${maxAgeSeconds}`,
    ...(secure ? ['Secure'] : []),
  ];
  response.appendHeader('Set-Cookie', [`${name}=${value}`, ...attributes].join('; '));
}
