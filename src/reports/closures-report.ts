import type { Closure } from '../../projections/closures';
import type { Plain } from '../platform/http/plain';
import type { ClosureDto } from './closures.dto';

export function closureDto(closure: Closure): Plain<ClosureDto> {
  const { date, till, at, by, turnover, byCategory, salesCount, customersCount, period, perpetual } = closure;
  const { gap, zNumbers, journal, balancesHash, sequence, hash } = closure;
  return {
    date,
    till,
    number: closure.number ?? null,
    at,
    by,
    methods: closure.methods.map((method) => ({ ...method, counted: method.counted ?? null })),
    turnover,
    byCategory,
    salesCount,
    customersCount,
    period,
    perpetual,
    gap,
    zNumbers,
    journal,
    balancesHash,
    comment: closure.comment ?? null,
    entry: closure.entry ?? null,
    sequence,
    hash,
  };
}
