import { STORE_TROUBLES } from '../ports/store-trouble';

/** What no request failed for, and an operator should hear of all the same. */
export const TROUBLES = [
  ...STORE_TROUBLES,
  'clock-went-back',
  'projector-stopped',
  'read-models-made-anew',
] as const;

type What = (typeof TROUBLES)[number];

/** Tells the log of troubles, and counts them since the start for the metrics. Type and Nest token in one. */
export class Troubles {
  private readonly counts = new Map<What, number>();

  constructor(private readonly warn: (message: string) => void) {}

  readonly note = ({ what, message }: { readonly what: What; readonly message: string }): void => {
    this.counts.set(what, this.count(what) + 1);
    this.warn(message);
  };

  count(what: What): number {
    return this.counts.get(what) ?? 0;
  }
}
