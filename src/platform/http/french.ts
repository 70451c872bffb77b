/** How facts are printed in French sentences. Unknown facts read as « ? » rather than break an answer. */

type Fact = unknown;

const NARROW_NO_BREAK_SPACE = '\u202f';
const NO_BREAK_SPACE = '\u00a0';

/** Cents as « 1 234,50 € », with the spaces that French typography wants. */
export function euros(cents: Fact): string {
  if (typeof cents !== 'number' || !Number.isSafeInteger(cents)) return '?';
  const digits = String(Math.abs(cents)).padStart(3, '0');
  const units = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, NARROW_NO_BREAK_SPACE);
  return `${cents < 0 ? '−' : ''}${units},${digits.slice(-2)}${NO_BREAK_SPACE}€`;
}

/** A day `YYYY-MM-DD` as « 14/03/2026 ». */
export function frenchDay(day: Fact): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(String(day));
  return match ? `${match[3]}/${match[2]}/${match[1]}` : '?';
}

/** Basis points as « 5,5 % ». */
export function percent(rate: Fact): string {
  return typeof rate === 'number' ? `${String(rate / 100).replace('.', ',')}${NO_BREAK_SPACE}%` : '?';
}

/** A code, a number or a list of codes, in quotation marks. */
export function quoted(fact: Fact): string {
  if (Array.isArray(fact)) return fact.map(quoted).join(', ');
  return typeof fact === 'string' || typeof fact === 'number' ? `« ${fact} »` : '?';
}

/** Bytes as « 64 Kio ». */
export function binarySize(bytes: Fact): string {
  if (typeof bytes !== 'number') return '?';
  const mebi = bytes / (1024 * 1024);
  return mebi >= 1 && Number.isInteger(mebi)
    ? `${mebi}${NO_BREAK_SPACE}Mio`
    : `${Math.round(bytes / 1024)}${NO_BREAK_SPACE}Kio`;
}
