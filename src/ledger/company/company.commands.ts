import type { Actor } from '../../kernel/event';
import type { Cents } from '../../kernel/money';
import type { Request } from '../decide';
import type { NewCompany, NewTill, OpeningBalances, SettingsChange } from './requests';

/** Opens a ledger for a new company. */
export class OpenCompany {
  constructor(
    readonly company: string,
    readonly body: NewCompany,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class ChangeSettings {
  constructor(
    readonly company: string,
    readonly body: SettingsChange,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class AddTill {
  constructor(
    readonly company: string,
    readonly body: NewTill,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class RecordOpeningBalances {
  constructor(
    readonly company: string,
    readonly body: OpeningBalances,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class SetBudget {
  constructor(
    readonly company: string,
    readonly month: string,
    readonly turnover: Cents,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class RegisterCustomer {
  constructor(
    readonly company: string,
    readonly customer: string,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}

export class EraseCustomer {
  constructor(
    readonly company: string,
    readonly customer: string,
    readonly request: Request,
    readonly actor: Actor,
  ) {}
}
