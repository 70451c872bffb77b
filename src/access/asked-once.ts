/** Who comes while others ask waits for their answer no longer than this after they asked, and then asks himself. */
const SHARED_MS = 1000;

/** What was heard in time; null when nothing was. */
type Heard<Answer> = { readonly answer: Answer } | null;

/** Who asks the same while it is being asked gets the same answer: of a till's requests that come at once, a store sees one. */
export class AskedOnce<Answer> {
  private readonly underWay = new Map<string, Promise<Heard<Answer>>>();

  async ask(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const before = this.underWay.get(what);
    if (!before) return this.begin(what, ask());
    const heard = await before;
    return heard ? heard.answer : this.ask(what, ask);
  }

  /** Who comes from now on is not answered what was asked before. */
  forget(): void {
    this.underWay.clear();
  }

  private begin(what: string, asked: Promise<Answer>): Promise<Answer> {
    const over = () => {
      clearTimeout(late);
      if (this.underWay.get(what) === heard) this.underWay.delete(what);
    };
    let late: NodeJS.Timeout | undefined;
    const isLate = new Promise<null>((resolve) => {
      late = setTimeout(() => {
        over();
        resolve(null);
      }, SHARED_MS).unref();
    });
    const answer = asked.finally(over);
    const heard = Promise.race([answer.then((found) => ({ answer: found })), isLate]);
    heard.catch(() => undefined);
    this.underWay.set(what, heard);
    return answer;
  }
}
