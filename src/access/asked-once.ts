/** Who comes while others ask hears what they hear, unless they asked longer ago than this: an ask that hangs stops nobody. */
const SHARED_MS = 1000;

type Heard<Answer> = { readonly answer: Answer };

type UnderWay<Answer> = {
  readonly heard: Promise<Heard<Answer>>;
  /** Resolves when it takes too long for others to join. */
  readonly late: Promise<null>;
};

/**
 * Who asks the same while it is being asked gets the same answer, or the same failure: of a till's requests that come at once, a
 * store sees one. Where it takes long, one of those who wait asks again each second, and all hear what comes first.
 */
export class AskedOnce<Answer> {
  private readonly underWay = new Map<string, UnderWay<Answer>>();

  async ask(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const awaited: Promise<Heard<Answer>>[] = [];
    for (let before = this.underWay.get(what); before; before = this.underWay.get(what)) {
      awaited.push(before.heard);
      const first = await Promise.race([...awaited, before.late]);
      if (first) return first.answer;
    }
    awaited.push(this.begin(what, ask()));
    return (await Promise.race(awaited)).answer;
  }

  /** Who comes from now on is not answered what was asked before. */
  forget(): void {
    this.underWay.clear();
  }

  private begin(what: string, asked: Promise<Answer>): Promise<Heard<Answer>> {
    let timer: NodeJS.Timeout | undefined;
    const over = () => {
      clearTimeout(timer);
      if (this.underWay.get(what)?.heard === heard) this.underWay.delete(what);
    };
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        over();
        resolve(null);
      }, SHARED_MS).unref();
    });
    // Before anybody hears of it: who comes after that asks anew.
    const heard = asked.finally(over).then((answer) => ({ answer }));
    this.underWay.set(what, { heard, late });
    return heard;
  }
}
