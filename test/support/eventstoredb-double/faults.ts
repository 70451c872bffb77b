/** What the double does instead of what it was asked for. */
export type FaultKind =
  /** UNAVAILABLE before anything was written; the call is over. */
  | 'cut'
  /** "Server Is Busy": not taken up. */
  | 'busy'
  /** Nothing is written, and nobody is answered. */
  | 'drop'
  /** Written; the call is cut before the answer. */
  | 'lose-answer'
  /** Written; nobody is answered. */
  | 'swallow-answer'
  /** The server's own "Timeout"; nothing is written. */
  | 'timeout'
  /** The server's own "Timeout", although the events will be there. */
  | 'timeout-written'
  /** The answer comes two times; of a reading or subscription each event. */
  | 'answer-twice'
  /** One event of a subscription is left out; of a reading the second one. */
  | 'skip-event'
  | 'access-denied'
  | 'stream-deleted'
  /** Carried out, later. */
  | { readonly delay: number };

export type Fault = {
  readonly on: 'append' | 'read' | 'subscribe' | 'event';
  readonly kind: FaultKind;
  /** Only where the stream's name begins so. */
  readonly stream?: string;
  /** How often; once when it is not given. */
  readonly times?: number;
};

/** The faults that are yet to come, in the order in which they were planned. */
export class FaultPlan {
  private faults: (Fault & { left: number })[] = [];

  plan(fault: Fault): void {
    this.faults.push({ ...fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.faults = [];
  }

  /** The fault for this occasion, which is thereby used up. */
  take(on: Fault['on'], stream: string): FaultKind | null {
    const fault = this.faults.find(
      (planned) => planned.on === on && planned.left > 0 && stream.startsWith(planned.stream ?? ''),
    );
    if (!fault) return null;
    fault.left -= 1;
    return fault.kind;
  }
}
