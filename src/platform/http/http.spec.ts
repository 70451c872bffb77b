import { request as nodeRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { IsDefined, IsString } from 'class-validator';
import type { Request, Response } from 'express';
import { type AccessApp, accessApp, COMPANY } from '../../../test/support/access-app';
import { Permit, Public } from '../../access/permit.decorator';
import { Refusal } from '../../kernel/refusal';
import { BATCH_LIMIT_BYTES, BODY_LIMIT_BYTES } from './configure';
import { Problem } from './problem';

class NameDto {
  @IsDefined()
  @IsString()
  readonly name!: string;
}

@Controller()
class EchoController {
  @Post('echo')
  @Public()
  echo(@Body() body: unknown): unknown {
    return { body: body ?? null };
  }

  @Post('dto')
  @Public()
  dto(@Body() body: NameDto): NameDto {
    return body;
  }

  @Post('v1/companies/:company/entries/batch')
  @Permit('entry.record')
  async batch(@Body() body: unknown, @Req() request: Request): Promise<unknown> {
    let streamed = 0;
    if (body === undefined) for await (const chunk of request) streamed += (chunk as Buffer).length;
    return { size: JSON.stringify(body ?? null).length, streamed };
  }

  @Get('echo/:id')
  @Public()
  parameter(@Param('id') id: string): unknown {
    return { id };
  }

  @Get('v1/asked')
  @Public()
  asked(@Query() query: unknown): unknown {
    return { query };
  }

  @Post('v1/written')
  @Public()
  written(): unknown {
    return { written: true };
  }

  @Get('bug')
  @Public()
  bug(): never {
    throw new TypeError('the inside of a bug');
  }

  @Get('refusal')
  @Public()
  refusal(): never {
    throw new Refusal('day-closed', { pointer: '/businessDate', till: 'T1', businessDate: '2026-03-14' });
  }

  @Get('later')
  @Public()
  later(): never {
    throw new Problem('after-not-reached', { facts: { after: 12, retryAfter: 2 } });
  }

  @Get('begun')
  @Public()
  begun(@Res() response: Response): never {
    response.write('half an answer');
    throw new TypeError('too late');
  }
}

describe('the HTTP platform', () => {
  let on: AccessApp;
  beforeAll(async () => {
    on = await accessApp([EchoController]);
  });
  afterAll(() => on.close());

  const post = (body: string | Buffer, type = 'application/json', path = '/echo') =>
    on.http
      .post(path)
      .set('Content-Type', type)
      .serialize((value: unknown) => value as string)
      .send(body as string);

  const expectProblem = async (
    sent: PromiseLike<{ status: number; headers: Record<string, string>; body: { code: string } }>,
    status: number,
    code: string,
  ) => {
    const answer = await sent;
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  };

  describe('a query', () => {
    it('is refused where nobody reads it, by the names of its parameters', async () => {
      await on.http.post('/v1/written').expect(201, { written: true });
      await on.http.post('/v1/written?').expect(201, { written: true });
      const answer = await on.http.post('/v1/written?dryRun=true&a/b').expect(400);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body).toMatchObject({
        code: 'invalid-input',
        errors: [
          { pointer: '/query/dryRun', code: 'unknown-field' },
          { pointer: '/query/a~1b', code: 'unknown-field' },
        ],
      });
    });

    it('is left to the route that reads one, and to what is not of the API', async () => {
      await on.http.get('/v1/asked?a=1').expect(200, { query: { a: '1' } });
      await on.http.get('/echo/1?a=1').expect(200, { id: '1' });
    });
  });

  describe('bodies', () => {
    it('arrive as they were sent', async () => {
      const text = '{"b":[1,-0.5,1e2],"a":"é\\u20ac\\ud83d\\ude00","c":null}';
      const { body } = await post(text).expect(201);
      expect(body).toEqual({ body: JSON.parse(text) });
    });

    it.each([
      'application/json; charset=utf-8',
      'application/json;charset="UTF-8"',
      'Application/JSON',
      'application/merge-patch+json',
      'application/json; charset=utf8',
    ])('are JSON as %s', (type) => post('{"a":1}', type).expect(201, { body: { a: 1 } }));

    it('may begin with a byte order mark', () => post('\ufeff{"a":1}').expect(201, { body: { a: 1 } }));

    it('may be absent', async () => {
      await on.http.post('/echo').expect(201, { body: null });
      await on.http
        .post('/echo')
        .set('Content-Length', '0')
        .set('Content-Type', 'text/plain')
        .expect(201, { body: null });
    });

    it.each([
      ['a form', 'a=1', 'application/x-www-form-urlencoded', 415, 'unsupported-media-type'],
      ['plain text', '{}', 'text/plain', 415, 'unsupported-media-type'],
      ['a file', '{}', 'multipart/form-data; boundary=x', 415, 'unsupported-media-type'],
      ['lines, where none are read', '{}\n', 'application/x-ndjson', 415, 'unsupported-media-type'],
      ['latin-1', '{}', 'application/json; charset=iso-8859-1', 415, 'unsupported-charset'],
      ['UTF-16', '{}', 'application/json; charset=utf-16', 415, 'unsupported-charset'],
      [
        'bytes that are no UTF-8',
        Buffer.from('{"a":"\xe9"}', 'latin1'),
        'application/json',
        400,
        'invalid-encoding',
      ],
      ['half a sequence', Buffer.from([0x22, 0xc3, 0x22]), 'application/json', 400, 'invalid-encoding'],
      ['bad JSON', '{"a":', 'application/json', 400, 'malformed-json'],
      ['a NUL', '{"a":"\u0000"}', 'application/json', 400, 'malformed-json'],
      ['white space', ' \n', 'application/json', 400, 'malformed-json'],
      ['a deep nest', '['.repeat(60_000), 'application/json', 400, 'too-deep'],
      ['a prototype', '{"__proto__":{"a":1}}', 'application/json', 400, 'unknown-field'],
      ['a constructor', '{"a":{"constructor":1}}', 'application/json', 400, 'unknown-field'],
      ['a name twice', '{"a":1,"a":2}', 'application/json', 400, 'duplicate-field'],
    ])('are refused when they are %s', (_what, body, type, status, code) =>
      expectProblem(post(body, type), status, code),
    );

    it('are refused compressed', () =>
      expectProblem(post('{}').set('Content-Encoding', 'gzip'), 415, 'unsupported-content-encoding'));

    it('have a limit of 64 KiB, to the byte', async () => {
      const sized = (bytes: number) => `"${'a'.repeat(bytes - 2)}"`;
      await post(sized(BODY_LIMIT_BYTES)).expect(201);
      const tooLarge = post(sized(BODY_LIMIT_BYTES + 1));
      await expectProblem(tooLarge, 413, 'body-too-large');
      expect((await tooLarge).body).toMatchObject({
        facts: { limit: BODY_LIMIT_BYTES },
        detail: expect.stringContaining('64\u00a0Kio'),
      });
    });

    it('of 20 MB get their answer, with a length and without', async () => {
      const body = Buffer.alloc(20_000_000, '1');
      await expectProblem(post(body), 413, 'body-too-large');
      await expectProblem(chunked(on, '/echo', body), 413, 'body-too-large');
      await on.http.get('/echo/still-there').expect(200);
    });

    it('without an end are cut off, after the answer', async () => {
      const answer = await endless(on, '/echo');
      expect(answer).toMatch(/^HTTP\/1.1 413 /);
      expect(answer).toContain('"code":"body-too-large"');
    });

    it('that stop half-way leave the service alone', async () => {
      await new Promise<void>((resolve) => {
        const socket = connect((on.server.address() as AddressInfo).port, '127.0.0.1', () => {
          socket.write(
            'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
          );
          setTimeout(() => socket.destroy(), 20);
        });
        socket.on('close', () => resolve());
      });
      await post('{"a":1}').expect(201);
    });

    it('in many pieces are put together', async () => {
      const text = JSON.stringify({ a: 'é€😀'.repeat(500) });
      const answer = await chunked(on, '/echo', Buffer.from(text), 7);
      expect([answer.status, answer.body]).toEqual([201, { body: JSON.parse(text) as unknown }]);
    });

    it('of a batch have 8 MiB, for who is signed in', async () => {
      const path = `/v1/companies/${COMPANY}/entries/batch`;
      const batch = (bytes: number) => `["${'a'.repeat(bytes - 4)}"]`;
      const key = await on.key('connector');
      const send = (bytes: number) => post(batch(bytes), 'application/json', path);
      await send(BATCH_LIMIT_BYTES)
        .auth(key, { type: 'bearer' })
        .expect(201, { size: BATCH_LIMIT_BYTES, streamed: 0 });
      await expectProblem(send(BATCH_LIMIT_BYTES + 1).auth(key, { type: 'bearer' }), 413, 'body-too-large');
      await expectProblem(send(BODY_LIMIT_BYTES + 1), 413, 'body-too-large');
      await expectProblem(send(BODY_LIMIT_BYTES), 401, 'not-signed-in');
    });

    it('in NDJSON stay in the stream, of any length', async () => {
      const line = `${JSON.stringify({ a: 'é'.repeat(100) })}\n`;
      const sent = post(
        line.repeat(60_000),
        'application/x-ndjson',
        `/v1/companies/${COMPANY}/entries/batch`,
      );
      const { body } = await sent.auth(await on.key('connector'), { type: 'bearer' }).expect(201);
      expect(body).toEqual({ size: 4, streamed: Buffer.byteLength(line) * 60_000 });
    });

    it('in NDJSON are plain UTF-8 as well', async () => {
      const path = `/v1/companies/${COMPANY}/entries/batch`;
      const key = await on.key('connector');
      const latin = post('{}', 'application/x-ndjson; charset=iso-8859-1', path).auth(key, {
        type: 'bearer',
      });
      await expectProblem(latin, 415, 'unsupported-charset');
      const packed = post('{}', 'application/x-ndjson', path).set('Content-Encoding', 'gzip');
      await expectProblem(packed.auth(key, { type: 'bearer' }), 415, 'unsupported-content-encoding');
    });

    it('with a DTO class refuse what it does not name', async () => {
      await post('{"name":"x"}', 'application/json', '/dto').expect(201, { name: 'x' });
      await expectProblem(post('{"name":"x","__proto":1}', 'application/json', '/dto'), 400, 'invalid-input');
      await expectProblem(post('{"name":5}', 'application/json', '/dto'), 400, 'invalid-input');
      await expectProblem(on.http.post('/dto'), 400, 'body-required');
    });
  });

  describe('problems', () => {
    it('say a refusal with its pointer and facts', async () => {
      const { body, headers } = await on.http.get('/refusal').expect(409);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(body).toMatchObject({
        code: 'day-closed',
        errors: [{ pointer: '/businessDate', code: 'day-closed', message: body.detail }],
        facts: { till: 'T1', businessDate: '2026-03-14' },
      });
    });

    it('say when to come again', async () => {
      const { headers } = await on.http.get('/later').expect(503);
      expect(headers['retry-after']).toBe('2');
    });

    it('of bugs tell a number only', async () => {
      const { body } = await on.http.get('/bug').set('X-Request-Id', 'till-1.42').expect(500);
      expect(body).toMatchObject({ code: 'internal-error', facts: { requestId: 'till-1.42' } });
      expect(JSON.stringify(body)).not.toContain('inside');
    });

    it('after an answer has begun cut it short', () => expect(on.http.get('/begun')).rejects.toThrow());

    it.each([
      ['/nowhere', 404, 'not-found'],
      ['/v1/companies', 404, 'not-found'],
      ['/echo/%ff', 400, 'bad-request'],
      ['/echo/%', 400, 'bad-request'],
      ['/echo/%00', 200, undefined],
    ])('%s is %i %s', async (path, status, code) => {
      const answer = await on.http.get(path);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });

    it('answer any method', async () => {
      for (const sent of [on.http.delete('/echo'), on.http.put('/echo').send({ a: 1 })]) {
        await expectProblem(sent, 405, 'http-method-not-allowed');
        expect((await sent).headers.allow).toBe('POST');
      }
      expect((await on.http.put('/echo/1')).headers.allow).toBe('GET, HEAD');
    });
  });

  describe('headers', () => {
    it('keep strangers out', async () => {
      const { headers } = await on.http.get('/echo/1').expect(200);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'self';/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(headers['content-security-policy']).not.toContain('unsafe-inline');
      expect(headers['x-powered-by']).toBeUndefined();
      expect(headers['strict-transport-security']).toBeUndefined();
      expect(headers['access-control-allow-origin']).toBeUndefined();
    });

    it('let the page of the documentation style itself', async () => {
      const { headers } = await on.http.get('/docs');
      expect(headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
      expect(headers['content-security-policy']).toContain("script-src 'self';");
    });

    it('keep answers of the API out of caches', async () => {
      const { headers } = await on.http
        .get('/v1/me')
        .auth(await on.key('user'), { type: 'bearer' })
        .expect(200);
      expect(headers['cache-control']).toBe('no-store');
    });

    it('take a caller’s request id only when it is harmless', async () => {
      const ids = await Promise.all(
        ['abc-1', 'a b', 'x'.repeat(65)].map(
          async (id) => (await on.http.get('/echo/1').set('X-Request-Id', id)).headers['x-request-id'],
        ),
      );
      expect(ids[0]).toBe('abc-1');
      expect(ids[1]).toMatch(/^[0-9a-f-]{36}$/);
      expect(ids[2]).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it('documents every route with its problems, an example each', () => {
    const document = SwaggerModule.createDocument(
      on.app,
      new DocumentBuilder().addBearerAuth().addCookieAuth('caisse_session').build(),
    );
    const operation = document.paths[`/v1/companies/{company}/api-keys`]?.post;
    expect(operation).toMatchObject({
      operationId: 'makeApiKey',
      'x-action': 'api-key.manage',
      security: expect.any(Array),
    });
    expect(Object.keys(operation?.responses ?? {}).sort()).toEqual([
      '200',
      '201',
      '400',
      '401',
      '403',
      '404',
      '409',
      '429',
      '500',
    ]);
    const conflict = JSON.stringify(operation?.responses['409']);
    expect(conflict).toContain('application/problem+json');
    expect(conflict).toContain('idempotency-mismatch');
    expect(document.components?.schemas).toHaveProperty('ProblemDto');
    expect(document.paths['/v1/companies/{company}/api-keys']?.post?.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', required: false }),
    );
  });
});

describe('bodies that take their time', () => {
  const LONGEST_MS = 300;
  let on: AccessApp;
  beforeAll(async () => {
    on = await accessApp([EchoController], {}, { longestBodyMs: LONGEST_MS });
  });
  afterAll(() => on.close());

  /** Sends a piece every 100 ms, nine times, then ends; resolves with what came back until the connection ended. */
  const trickle = (head: string): Promise<string> =>
    new Promise((resolve) => {
      const { port } = on.server.address() as AddressInfo;
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      let left = 9;
      socket.write(`${head}Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const timer = setInterval(() => {
        socket.write(left > 0 ? '1\r\n1\r\n' : '0\r\n\r\n');
        left -= 1;
        if (left < 0) clearInterval(timer);
      }, LONGEST_MS / 3);
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve(answer);
      });
    });
  const LINES = `POST /v1/companies/${COMPANY}/entries/batch HTTP/1.1\r\nContent-Type: application/x-ndjson\r\n`;

  it('are cut off, for who is not signed in even lines', async () => {
    expect(await trickle('POST /echo HTTP/1.1\r\nContent-Type: application/json\r\n')).toBe('');
    expect(await trickle('POST /echo HTTP/1.1\r\nContent-Type: text/plain\r\n')).toBe('');
    expect(await trickle(LINES)).not.toContain('streamed');
  });

  it('may, when they are lines of somebody who is signed in', async () => {
    const answer = await trickle(`${LINES}Authorization: Bearer ${await on.key('connector')}\r\n`);
    expect(answer).toContain('{"size":4,"streamed":9}');
    expect(on.server.requestTimeout).toBe(0);
  });
});

describe('limits of requests', () => {
  let on: AccessApp;
  beforeAll(async () => {
    on = await accessApp([EchoController], {
      CAISSE_RATE_LIMIT: '5',
      CAISSE_PUBLIC_URL: 'https://caisse.example.org',
    });
  });
  afterAll(() => on.close());

  it('are per key, and per address for who is not signed in', async () => {
    const [one, other] = [await on.key('user'), await on.key('user')];
    const send = (key?: string) =>
      key ? on.http.get('/v1/me').auth(key, { type: 'bearer' }) : on.http.get('/echo/1');
    for (let request = 0; request < 5; request += 1) await send(one).expect(200);
    const { body, headers } = await send(one).expect(429);
    expect(body.code).toBe('too-many-requests');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await send(other).expect(200);
    await send().expect(200);
  });

  it('are of the address when the token is wrong: guessing is slow', async () => {
    const statuses = [];
    // More than two minutes let pass: one may end meanwhile.
    for (let guess = 0; guess < 12; guess += 1)
      statuses.push((await on.http.get('/v1/me').auth(`caisse_${guess}`, { type: 'bearer' })).status);
    expect(statuses).toContain(401);
    expect(statuses).toContain(429);
  });

  it('come with HSTS where people come by https', async () => {
    const { headers } = await on.http.get('/echo/1');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
  });
});

type Answer = { status: number; headers: Record<string, string>; body: { code: string } };

/** Sends a body without Content-Length, in pieces. */
function chunked({ server }: AccessApp, path: string, body: Buffer, piece = 65_536): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const headers = { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' };
    const sent = nodeRequest(
      { host: '127.0.0.1', port, path, method: 'POST', headers },
      (response: IncomingMessage) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as { code: string },
          }),
        );
      },
    );
    sent.on('error', reject);
    for (let start = 0; start < body.length; start += piece) sent.write(body.subarray(start, start + piece));
    sent.end();
  });
}

/** Sends until it is cut off; resolves with what came back. */
function endless({ server }: AccessApp, path: string): Promise<string> {
  return new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    let answer = '';
    const piece = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(0x100000, '1'),
      Buffer.from('\r\n'),
    ]);
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const send = (): void => {
        while (socket.writable && socket.write(piece));
      };
      socket.on('drain', send);
      send();
    });
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
