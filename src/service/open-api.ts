import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { documentBodyProblems } from '../platform/http/api-problems.decorator';

/** The served document: /openapi.json, and a page to try it at /docs. */
export function serveOpenApi(app: INestApplication, version: string): OpenAPIObject {
  const document = openApiDocument(app, version);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Caisse — API',
    swaggerOptions: { persistAuthorization: false, tryItOutEnabled: true },
  });
  return document;
}

export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Caisse')
    .setDescription(
      'A cash ledger that nobody can bend. Amounts are integer cents, rates basis points, days `YYYY-MM-DD`, ' +
        'instants RFC 3339. Errors are `application/problem+json` with a stable `code`.',
    )
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth()
    .addCookieAuth('caisse_session')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  documentBodyProblems(document);
  return document;
}
