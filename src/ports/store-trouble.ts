/** What may go wrong with a store of events although nobody's request fails for it. */
export const STORE_TROUBLES = [
  'answer-lost',
  'checkpoint-left-behind',
  'index-repaired',
  'sequence-gap',
  'subscription-cut',
] as const;

/** What an operator should hear of. No text holds credentials. */
export type StoreTrouble = {
  readonly what: (typeof STORE_TROUBLES)[number];
  readonly message: string;
};
