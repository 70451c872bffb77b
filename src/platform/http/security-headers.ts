import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

/**
 * Helmet with a policy that trusts only this origin. Swagger UI brings a style element of its own, so its page
 * alone may style inline; scripts never may. HSTS is sent where people come by https.
 */
export function securityHeaders(publicUrl: string): RequestHandler {
  const secure = publicUrl.startsWith('https:');
  const strict = helmet(optionsFor(secure, []));
  const documentation = helmet(optionsFor(secure, ["'unsafe-inline'"]));
  return (request: Request, response: Response, next: NextFunction) => {
    const isDocumentation = request.path === '/docs' || request.path.startsWith('/docs/');
    (isDocumentation ? documentation : strict)(request, response, next);
  };
}

function optionsFor(secure: boolean, styles: readonly string[]) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", ...styles],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  } as const;
}

/** What the API answers is private and current: no cache may keep it. */
export function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}
