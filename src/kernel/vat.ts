import { type BasisPoints, cents, type Cents } from './money';

export type NetAndVat = { readonly net: Cents; readonly vat: Cents };

/** `numerator / denominator` rounded half away from zero; the denominator is positive. */
function dividedHalfAwayFromZero(numerator: number, denominator: number): number {
  const magnitude = Math.abs(numerator);
  const quotient = Number.isSafeInteger(2 * magnitude + denominator)
    ? Math.floor((2 * magnitude + denominator) / (2 * denominator))
    : Number((2n * BigInt(magnitude) + BigInt(denominator)) / (2n * BigInt(denominator)));
  return numerator < 0 ? -quotient : quotient;
}

/**
 * Splits a gross amount (TTC) into net (HT) and VAT: net = gross × 10000 / (10000 + rate), rounded half away
 * from zero to the cent. `gross` in cents, `rate` in basis points; net + vat is exactly gross.
 */
export function splitVat(gross: Cents, rate: BasisPoints): NetAndVat {
  if (rate === 0 || gross === 0) return { net: gross, vat: cents(0) };
  const scaled = gross * 10_000;
  const net = Number.isSafeInteger(scaled)
    ? dividedHalfAwayFromZero(scaled, 10_000 + rate)
    : largeNet(gross, rate);
  return { net: cents(net), vat: cents(gross - net) };
}

function largeNet(gross: number, rate: number): number {
  const numerator = BigInt(Math.abs(gross)) * 10_000n;
  const denominator = BigInt(10_000 + rate);
  const net = Number((2n * numerator + denominator) / (2n * denominator));
  return gross < 0 ? -net : net;
}

/**
 * Shares `total` out in proportion to `weights` (all of one sign, sum not zero): each part is the exact share
 * floored toward −∞, then the missing cents go one each to the largest fractions, ties in order.
 */
export function allocate(total: Cents, weights: readonly Cents[]): Cents[] {
  const weight = weights.reduce<number>((left, right) => left + right, 0);
  if (weights.length === 1 || weight === 0)
    return weights.map((_, index) => (index === 0 ? total : cents(0)));
  const shares = weights.map((part) => exactShare(total, part, weight));
  // One by one: the sum of the floors alone may be larger than any exact number.
  let missing = shares.reduce<number>((left, share) => left - share.floor, total);
  for (const share of [...shares].sort(byRemainder)) {
    if (missing === 0) break;
    share.floor += 1;
    missing -= 1;
  }
  return shares.map((share) => cents(share.floor));
}

type Share = { floor: number; readonly remainder: number | bigint };

/** The largest first. Numbers and big integers compare by value, though they are never identical. */
function byRemainder(left: Share, right: Share): number {
  if (left.remainder > right.remainder) return -1;
  return left.remainder < right.remainder ? 1 : 0;
}

/** The share total × part / weight as floor and remainder over |weight|, exact for any safe integers. */
function exactShare(total: number, part: number, weight: number): Share {
  const sign = weight < 0 ? -1 : 1;
  const product = total * part * sign;
  if (Number.isSafeInteger(product)) {
    const divisor = weight * sign;
    const rest = product % divisor;
    // A quotient of safe integers never rounds up to the next integer, so its floor is exact.
    return { floor: Math.floor(product / divisor), remainder: rest < 0 ? rest + divisor : rest };
  }
  const exact = BigInt(total) * BigInt(part) * BigInt(sign);
  const divisor = BigInt(weight) * BigInt(sign);
  const rest = exact % divisor;
  const remainder = rest < 0n ? rest + divisor : rest;
  return { floor: Number((exact - remainder) / divisor), remainder };
}

export type TaxedLine = { readonly gross: Cents; readonly vatRate: BasisPoints };

/**
 * Net and VAT of each line of one document: VAT is computed on the document's total of each rate and sign, and
 * shared among its lines so that they add up to it (see `allocate`). Lines of opposite sign never offset one
 * another before rounding.
 */
export function splitVatOfDocument(lines: readonly TaxedLine[]): NetAndVat[] {
  const only = lines[0];
  if (lines.length === 1 && only) return [splitVat(only.gross, only.vatRate)];
  const result: NetAndVat[] = new Array<NetAndVat>(lines.length);
  const groups = new Map<number, number[]>();
  lines.forEach((line, index) => {
    if (line.gross === 0) {
      result[index] = { net: cents(0), vat: cents(0) };
      return;
    }
    const key = line.gross < 0 ? -1 - line.vatRate : line.vatRate;
    const group = groups.get(key);
    if (group) group.push(index);
    else groups.set(key, [index]);
  });
  for (const group of groups.values()) splitGroup(lines, group, result);
  return result;
}

function splitGroup(lines: readonly TaxedLine[], group: readonly number[], result: NetAndVat[]): void {
  const members = group.map((index) => lines[index] as TaxedLine);
  const first = members[0] as TaxedLine;
  const total = cents(members.reduce((left, line) => left + line.gross, 0));
  const { net } = splitVat(total, first.vatRate);
  const nets = allocate(
    net,
    members.map((line) => line.gross),
  );
  group.forEach((lineIndex, position) => {
    const share = nets[position] as Cents;
    result[lineIndex] = { net: share, vat: cents((members[position] as TaxedLine).gross - share) };
  });
}
