/** What a port promises, one promise at a time. A table, so that a spec can also ask which of them a fault breaks. */
export type Example<Under> = { readonly name: string; readonly run: (under: Under) => Promise<void> };

export type Contract<Under> = Readonly<Record<string, readonly Example<Under>[]>>;

export type Disposable = { readonly dispose: () => Promise<void> };

/** Declares a test for each example; each gets a subject of its own. */
export function describeContract<Under extends Disposable>(
  name: string,
  contract: Contract<Under>,
  open: () => Promise<Under>,
): void {
  describe(name, () => {
    for (const [topic, examples] of Object.entries(contract)) {
      describe(topic, () => {
        for (const example of examples) {
          it(example.name, async () => {
            const under = await open();
            try {
              await example.run(under);
            } finally {
              await under.dispose();
            }
          });
        }
      });
    }
  });
}

/** The first example that a subject does not live up to; null when it lives up to all. */
export async function firstFailingExample<Under extends Disposable>(
  contract: Contract<Under>,
  open: () => Promise<Under>,
): Promise<string | null> {
  for (const [topic, examples] of Object.entries(contract)) {
    for (const example of examples) {
      const under = await open();
      try {
        await example.run(under);
      } catch {
        return `${topic}: ${example.name}`;
      } finally {
        await under.dispose();
      }
    }
  }
  return null;
}

/** What goes wrong by accident: a driver or the language says so, and no example or adapter does. */
const ACCIDENTS = /^(Mongo\w*|SqliteError|ReferenceError|SyntaxError|TypeError)$/;

function isAccident(error: unknown): boolean {
  return error instanceof Error && (ACCIDENTS.test(error.name) || isAccident(error.cause));
}

/**
 * Whether a subject breaks the one example `topic: name`, for a fault that is planted where the whole contract takes
 * long. @throws when there is no such example, or something else went wrong
 */
export async function isBrokenBy<Under extends Disposable>(
  contract: Contract<Under>,
  wanted: string,
  open: () => Promise<Under>,
): Promise<boolean> {
  const [topic = ''] = wanted.split(': ', 1);
  const example = contract[topic]?.find(({ name }) => `${topic}: ${name}` === wanted);
  if (!example) throw new Error(`the contract has no example ${JSON.stringify(wanted)}`);
  const under = await open();
  try {
    await example.run(under);
    return false;
  } catch (error) {
    if (isAccident(error)) throw error;
    return true;
  } finally {
    await under.dispose();
  }
}
