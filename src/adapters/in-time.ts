/**
 * Waits for what the client of a server promised, and no longer than it may take: clients have ways of never keeping a
 * promise, and whoever waits for one keeps others waiting.
 *
 * @throws what `late` makes, once the time is over; what comes after that is let go
 */
export async function inTime<Answer>(
  promise: Promise<Answer>,
  milliseconds: number,
  late: () => Error,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
