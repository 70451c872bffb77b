import { valueOn } from '../../projections/company';
import { addTo, own } from '../../projections/projection';
import { IN_TRANSIT, type TillBalances, tills } from '../../projections/tills';
import { SAFE } from '../kernel/account';
import type { Day } from '../kernel/day';
import type { Plain } from '../platform/http/plain';
import type { TillsDto } from './tills.dto';
import type { ReadModels } from './read-models';
import type { CompanySettings } from './settings';

/** Live balances; a reader who is limited to some tills sees these alone. */
export async function tillsReport(
  models: ReadModels,
  settings: CompanySettings,
  today: Day,
  visible: readonly string[] | null,
): Promise<Plain<TillsDto>> {
  const codes = settings.tills.map(({ till }) => till).filter((till) => visible?.includes(till) ?? true);
  const found = await models.getMany(tills, [...codes, ...(visible ? [] : [IN_TRANSIT])]);
  const transit = found.get(IN_TRANSIT);
  const total: Record<string, number> = {};
  for (const { balances } of found.values()) {
    for (const [method, amount] of Object.entries(balances)) addTo(total, method, amount);
  }
  return {
    data: codes.map((till) => {
      const known = found.get(till);
      const named = settings.till(till);
      const value = named && valueOn(named.values, today);
      return {
        till,
        name: till === SAFE ? 'Coffre' : (value?.name ?? till),
        feed: value?.feed ?? null,
        balances: shown(known, settings, today),
        closedThrough: known?.closedThrough ?? null,
        lastDay: known?.lastDay ?? null,
      };
    }),
    inTransit: { toBank: toBank(transit), betweenTills: withoutZeros(transit?.betweenTills ?? {}) },
    total,
    sequence: Math.max(0, ...[...found.values()].map(({ sequence }) => sequence)),
  };
}

/** Every method that a till can hold, moved or not. */
function shown(
  known: TillBalances | undefined,
  settings: CompanySettings,
  today: Day,
): Record<string, number> {
  const balances: Record<string, number> = {};
  for (const { code, kind } of settings.on('methods', today)) {
    if (kind !== 'credit' && kind !== 'voucher') balances[code] = 0;
  }
  return { ...balances, ...known?.balances };
}

function toBank(transit: TillBalances | undefined): Record<string, number> {
  const amounts: Record<string, number> = {};
  for (const [method, amount] of Object.entries(transit?.balances ?? {})) {
    addTo(amounts, method, amount - (own(transit?.betweenTills ?? {}, method) ?? 0));
  }
  return withoutZeros(amounts);
}

function withoutZeros(amounts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0));
}
