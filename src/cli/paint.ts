/** Colours for a terminal that shows them; none in a file, a pipe, or where NO_COLOR is set (no-color.org). */
export type Paint = { readonly good: (text: string) => string; readonly bad: (text: string) => string };

export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const isPlain = stream.isTTY !== true || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  const coloured = (code: number) => (text: string) => (isPlain ? text : `\u001b[${code}m${text}\u001b[0m`);
  return { good: coloured(32), bad: coloured(31) };
}
