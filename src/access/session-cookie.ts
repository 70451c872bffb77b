import type { Response } from 'express';
import { setCookie } from '../platform/http/cookies';
import { LONGEST_SESSION_MS } from './authenticator';

/** The session of the app: HttpOnly, SameSite=Strict. */
export const SESSION_COOKIE = 'caisse_session';

/** The cookie lasts as long as a session can; the vault decides when it ends. */
export function setSessionCookie(response: Response, token: string, publicUrl: string): void {
  setCookie(response, SESSION_COOKIE, token, options(publicUrl, LONGEST_SESSION_MS / 1000));
}

export function clearSessionCookie(response: Response, publicUrl: string): void {
  setCookie(response, SESSION_COOKIE, '', options(publicUrl, 0));
}

function options(publicUrl: string, maxAgeSeconds: number) {
  return { secure: publicUrl.startsWith('https:'), maxAgeSeconds };
}
