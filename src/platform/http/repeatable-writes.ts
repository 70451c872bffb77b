import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { Refusal } from '../../kernel/refusal';
import { Clock } from '../../ports/clock';
import { Vault } from '../../ports/vault';
import { Problem } from './problem';

/** A visible ASCII key, a UUID as a rule; quotation marks of a structured field are accepted. */
const KEY = /^"?([\x21\x23-\x7e]{1,200})"?$/;

export type Repeatable = {
  /** Which route, company and principal: the same key elsewhere is another one. */
  readonly scope: string;
  /** The Idempotency-Key header; without one nothing is remembered. */
  readonly key: string | undefined;
  /** What was asked, as JSON. */
  readonly request: unknown;
};

type Written<Answer> = {
  readonly answer: Answer;
  readonly secrets?: Partial<Answer>;
  /** Somebody else remembers this one by its key, the ledger for what it recorded: it is not kept twice. */
  readonly isKeptElsewhere?: boolean;
};
type Outcome<Answer> = { readonly answer: Answer; readonly replayed: boolean };

/**
 * Writes that are not entries, sent again under one Idempotency-Key, happen once and answer the same. Secrets are
 * in the first answer only: what is remembered is on the disk.
 */
@Injectable()
export class RepeatableWrites {
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal idempotency-mismatch for another request under the key, Problem invalid-input for a bad key */
  async once<Answer>(
    { scope, key: header, request }: Repeatable,
    write: () => Promise<Written<Answer>>,
  ): Promise<Outcome<Answer>> {
    if (header === undefined) {
      const { answer, secrets } = await write();
      return { answer: { ...answer, ...secrets }, replayed: false };
    }
    const key = idempotencyKeyOf(header);
    const payloadHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    return this.inTurn(`${scope} ${key}`, async () => {
      const first = await this.vault.remembered(scope, key);
      if (first) {
        if (first.payloadHash !== payloadHash) throw new Refusal('idempotency-mismatch', { id: key });
        return { answer: JSON.parse(first.answer) as Answer, replayed: true };
      }
      const { answer, secrets, isKeptElsewhere } = await write();
      if (isKeptElsewhere !== true) {
        await this.vault.remember({
          scope,
          key,
          payloadHash,
          answer: JSON.stringify(answer),
          at: this.clock.now(),
        });
      }
      return { answer: { ...answer, ...secrets }, replayed: false };
    });
  }

  /** Two requests with one key at once: the second waits for the first, then finds its answer. */
  private async inTurn<Result>(turn: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.underWay.get(turn) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.underWay.set(turn, mine);
    try {
      return await mine;
    } finally {
      if (this.underWay.get(turn) === mine) this.underWay.delete(turn);
    }
  }
}

/** @throws Problem invalid-input, naming the header */
export function idempotencyKeyOf(header: string): string {
  const key = KEY.exec(header)?.[1];
  if (key !== undefined) return key;
  throw Problem.invalidInput([
    {
      pointer: '/headers/idempotency-key',
      code: 'bad-format',
      message: 'Idempotency-Key a 1 à 200 caractères ASCII visibles, sans espace : un UUID convient.',
    },
  ]);
}

/** Says that nothing new happened (the name is Stripe's). */
export function markReplay(response: Response): void {
  response.status(200).setHeader('Idempotent-Replayed', 'true');
}

export function ApiIdempotencyKey(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A new UUID per request; the same one when it is sent again',
    schema: { type: 'string', maxLength: 200 },
  });
}
