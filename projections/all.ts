import { alerts } from './alerts';
import { closures } from './closures';
import { company } from './company';
import { customers } from './customers';
import { dayNotes } from './day-notes';
import { daySheets } from './day-sheets';
import { deposits } from './deposits';
import { entries } from './entries';
import type { ProjectionName } from './interests';
import { journal } from './journal';
import { monthFigures } from './month-figures';
import type { Projection } from './projection';
import { restatements } from './restatements';
import { tills } from './tills';
import { vouchers } from './vouchers';

const BY_NAME: Readonly<Record<ProjectionName, Projection>> = {
  alerts,
  closures,
  company,
  customers,
  'day-notes': dayNotes,
  'day-sheets': daySheets,
  deposits,
  entries,
  journal,
  'month-figures': monthFigures,
  restatements,
  tills,
  vouchers,
};

/** Every read model; the runner folds them all in lockstep. */
export const ALL_PROJECTIONS: readonly Projection[] = Object.values(BY_NAME);
