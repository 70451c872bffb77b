import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundException, HttpException } from '@nestjs/common';
import { Refusal, REFUSAL_CODES, type RefusalCode, type RefusalFacts } from '../../kernel/refusal';
import { StoreUnavailable, WrongRevision } from '../../ports/event-store';
import { answerTo } from './answer';
import { binarySize, euros, frenchDay, percent, quoted } from './french';
import { PLATFORM_PROBLEMS, type PlatformCode } from './platform-problems';
import { Problem, PROBLEM_CODES, type ProblemCode, problemBody, refusalBody, statusOf } from './problem';

/** French typography has spaces that look like one another in a test. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('facts in French', () => {
  it('have the spaces of French typography', () => expect(euros(123_456)).toBe('1\u202f234,56\u00a0€'));

  it.each([
    [0, '0,00 €'],
    [5, '0,05 €'],
    [1250, '12,50 €'],
    [-20, '−0,20 €'],
    [123_456_789, '1 234 567,89 €'],
    [undefined, '?'],
    [1.5, '?'],
  ])('%p cents are « %s »', (cents, text) => expect(plain(euros(cents))).toBe(text));

  it('are days, rates, codes and sizes', () => {
    expect(frenchDay('2026-03-14')).toBe('14/03/2026');
    expect(frenchDay(undefined)).toBe('?');
    expect(plain(percent(550))).toBe('5,5 %');
    expect(plain(percent(2000))).toBe('20 %');
    expect(quoted(['cash', 'card'])).toBe('« cash », « card »');
    expect(quoted(undefined)).toBe('?');
    expect(plain(binarySize(65_536))).toBe('64 Kio');
    expect(plain(binarySize(8 * 1024 * 1024))).toBe('8 Mio');
  });
});

const rowOf = (code: ProblemCode) => {
  const { status, title } = REFUSAL_CODES.some((refusal) => refusal === code)
    ? refusalBody(new Refusal(code as RefusalCode))
    : problemBody(new Problem(code as PlatformCode));
  return `| \`${code}\` | ${status} | ${title} |`;
};

describe('the sentence of a refusal', () => {
  const detail = (code: RefusalCode, facts: Refusal['facts']) => refusalBody(new Refusal(code, facts)).detail;

  it('of an unknown entry says whether it was to be commented on or corrected', () => {
    expect(detail('unknown-entry', { pointer: '/about/entry' })).toMatch(/que vous commentez/);
    expect(detail('unknown-entry', { pointer: '/about/entry' })).not.toMatch(/corrig|corrects/);
    expect(detail('unknown-entry', { pointer: '/corrects' })).toMatch(/à corriger/);
  });

  it('of an overpayment of nothing does not ask for more than nothing', () => {
    expect(detail('amount-not-positive', { pointer: '/amount', signed: true })).toMatch(/négatif/);
    expect(detail('amount-not-positive', { pointer: '/amount' })).toMatch(/supérieur à zéro/);
  });
});

describe('the table of problems', () => {
  it('gives each code to one row', () => {
    expect(new Set(PROBLEM_CODES).size).toBe(PROBLEM_CODES.length);
  });

  it.each([...REFUSAL_CODES])('answers the refusal %s with a 4xx and a French sentence', (code) => {
    const body = refusalBody(new Refusal(code));
    expect([409, 413, 422]).toContain(body.status);
    expect(body).toMatchObject({ code, type: `urn:caisse:problem:${code}` });
    expect(body.title).toMatch(/^[A-ZÀ-Ý]/);
    expect(body.detail).toMatch(/[.)]$/);
    expect(body.detail).not.toMatch(/undefined|NaN|\[object/);
    expect(body.errors).toBeUndefined();
    expect(body.facts).toBeUndefined();
  });

  it.each(Object.keys(PLATFORM_PROBLEMS) as PlatformCode[])(
    'says %s in a French sentence, with or without facts',
    (code) => {
      for (const facts of [
        {},
        { retryAfter: 3, limit: 65_536, till: 'T1', tills: ['T2'], role: 'user', after: 7 },
      ]) {
        const body = problemBody(new Problem(code, { facts }));
        expect(body.status).toBeGreaterThanOrEqual(400);
        expect(body.detail).toMatch(/\.$/);
        expect(body.detail).not.toMatch(/undefined|NaN|\[object/);
      }
    },
  );

  it('is the reference page, row for row', () => {
    const page = readFileSync(join(__dirname, '../../../docs/reference/problems.md'), 'utf8');
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.replace(/ {2,}/g, ' '));
    expect(rows).toEqual(PROBLEM_CODES.toSorted().map(rowOf));
  });

  /** The statuses that api.md promises. */
  it.each([
    ['day-closed', 409],
    ['feature-disabled', 409],
    ['till-not-open', 409],
    ['idempotency-mismatch', 409],
    ['voucher-insufficient', 409],
    ['voucher-expired', 409],
    ['voucher-unknown', 409],
    ['siren-taken', 409],
    ['z-number-used', 409],
    ['cash-balance-negative', 422],
    ['unbalanced-entry', 422],
    ['unknown-method', 422],
    ['comment-required', 422],
    ['batch-too-large', 413],
    ['entry-too-large', 413],
    ['body-too-large', 413],
    ['unsupported-media-type', 415],
    ['not-signed-in', 401],
    ['not-allowed', 403],
    ['not-found', 404],
    ['precondition-failed', 412],
    ['precondition-required', 428],
    ['too-many-requests', 429],
    ['store-unavailable', 503],
    ['after-not-reached', 503],
    ['ledger-behind-witness', 503],
  ] as const)('answers %s with %i', (code, status) => expect(statusOf(code)).toBe(status));

  it('prints amounts and says the way out', () => {
    const facts = { pointer: '/payments', lines: 5000, payments: 3750, missing: 1250 };
    const body = refusalBody(new Refusal('unbalanced-entry', facts));
    expect(plain(body.detail)).toBe(
      "Les lignes font 50,00 €. Les paiements font 37,50 €. Il manque 12,50 € : corrigez un montant, ou déclarez l'écart en overpayment.",
    );
    expect(body).toEqual({
      type: 'urn:caisse:problem:unbalanced-entry',
      title: 'Les paiements ne font pas le total',
      status: 422,
      detail: body.detail,
      code: 'unbalanced-entry',
      errors: [{ pointer: '/payments', code: 'unbalanced-entry', message: body.detail }],
      facts: { lines: 5000, payments: 3750, missing: 1250 },
    });
    const closed = refusalBody(new Refusal('day-closed', { till: 'T1', businessDate: '2026-03-14' }));
    expect(closed.detail).toContain('Le 14/03/2026 est clôturé pour la caisse « T1 »');
    expect(closed.detail).toContain('« correction »');
  });

  it('tells the three comments apart', () => {
    const about = (facts: object) =>
      plain(refusalBody(new Refusal('comment-required', { till: 'T1', ...facts })).detail);
    expect(about({ about: 'difference', method: 'cash', difference: -2000 })).toContain('−20,00 €');
    expect(about({ about: 'ventilation', gap: -10 })).toContain('−0,10 €');
    expect(about({ about: 'z-mismatch' })).toContain('ticket Z');
  });

  it('tells apart what is not known of an entry: its id, its till, its day', () => {
    const about = (facts: Record<string, string>) =>
      plain(refusalBody(new Refusal('unknown-entry', facts)).detail);
    expect(about({ pointer: '/about/entry' })).toContain('que vous commentez');
    expect(about({ pointer: '/corrects' })).toContain("n'existe pas dans ce livre");
    expect(about({ pointer: '/till', till: 'T2' })).toContain("n'est pas de la caisse « T2 »");
    expect(about({ pointer: '/businessDate', businessDate: '2026-03-14' })).toContain('du 14/03/2026');
  });

  it('says what too much is, and what is wrong in settings', () => {
    expect(plain(refusalBody(new Refusal('unbalanced-entry', { missing: -100 })).detail)).toContain(
      'Il y a 1,00 € de trop',
    );
    expect(refusalBody(new Refusal('unbalanced-entry', { pointer: '/credits' })).detail).toContain('détail');
    const setting = refusalBody(
      new Refusal('setting-not-valid', { reason: 'code-used-twice', code: 'pain' }),
    );
    expect(setting.detail).toContain('sert deux fois');
    expect(setting.detail).toContain('« pain »');
  });

  it('says which kind a method keeps, and where there is some of it left', () => {
    const detailOf = (facts: RefusalFacts) =>
      plain(refusalBody(new Refusal('setting-not-valid', facts)).detail);
    expect(detailOf({ reason: 'kind-changed', code: 'bons', kind: 'cash' })).toMatch(
      /ne change jamais.*\(« bons », kind « cash »\)$/,
    );
    expect(detailOf({ reason: 'method-not-empty', code: 'bons', till: 'T1', balance: 1 })).toMatch(
      /encore un solde.*\(« bons », caisse « T1 »\)$/,
    );
  });
});

describe('the answer to an error', () => {
  it.each([
    [new NotFoundException(), 404, 'not-found'],
    [new HttpException('x', 418), 400, 'bad-request'],
    [new HttpException('x', 405), 405, 'http-method-not-allowed'],
    [new HttpException('x', 502), 500, 'internal-error'],
    [new StoreUnavailable('disk', 'unknown'), 503, 'store-unavailable'],
    [new WrongRevision('ledger', 1, 2), 503, 'overloaded'],
    [new Refusal('day-closed'), 409, 'day-closed'],
    [new Problem('gone'), 410, 'gone'],
    [new TypeError('x is not a function'), 500, 'internal-error'],
    ['a string', 500, 'internal-error'],
    [undefined, 500, 'internal-error'],
  ])('%p is %i %s', (error, status, code) =>
    expect(answerTo(error, 'request-1').body).toMatchObject({ status, code }),
  );

  it('of a bug tells its number and nothing of its inside', () => {
    const { body, unexpected } = answerTo(new TypeError('secret inside'), 'request-1');
    expect(unexpected).toBe(true);
    expect(body.facts).toEqual({ requestId: 'request-1' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('of a store that did not confirm says when to send it again', () => {
    const answer = answerTo(new StoreUnavailable('disk', 'unknown'), 'request-1');
    expect(answer).toMatchObject({ retryAfter: 1, unexpected: false });
    expect(answer.body.detail).toContain('même identifiant');
  });
});
