import { createHash, randomBytes } from 'node:crypto';

/** Marks an API key, for people and for scanners of leaked secrets. */
export const API_KEY_PREFIX = 'caisse_';

const SECRET_BYTES = 32;

/** A secret of 256 random bits as 43 URL-safe characters. */
export function newToken(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

export function newApiKey(): string {
  return `${API_KEY_PREFIX}${newToken()}`;
}

/** Whether a text has the form of a token or a key of ours: any other one is none, whatever the vault holds. */
export function isToken(text: string): boolean {
  return /^(?:caisse_)?[\w-]{43}$/.test(text);
}

/** What is stored of a token. It is random, not guessable, so a plain hash keeps it: no salt, no slow function. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
