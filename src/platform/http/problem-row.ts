/** What a code is over HTTP. The title never changes; the detail is printed with the facts of the case. */
export type ProblemRow<Facts> = {
  readonly status: number;
  readonly title: string;
  readonly detail: (facts: Facts) => string;
};
