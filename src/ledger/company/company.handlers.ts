import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CheckpointSigner, originOf } from '../../platform/checkpoints';
import { LedgerWriter, type Outcome } from '../../platform/ledger-writer';
import {
  addTill,
  changeSettings,
  eraseCustomer,
  recordOpeningBalances,
  registerCustomer,
  setBudget,
} from './change-company';
import {
  AddTill,
  ChangeSettings,
  EraseCustomer,
  OpenCompany,
  RecordOpeningBalances,
  RegisterCustomer,
  SetBudget,
} from './company.commands';
import { openCompany } from './open-company';

@CommandHandler(OpenCompany)
export class OpenCompanyHandler implements ICommandHandler<OpenCompany, Outcome> {
  constructor(
    private readonly writer: LedgerWriter,
    private readonly signer: CheckpointSigner,
  ) {}

  execute({ company, body, request, actor }: OpenCompany): Promise<Outcome> {
    const key = { origin: originOf(company), verifierKey: this.signer.verifierKey };
    return this.writer.open(company, { request, decide: () => openCompany(body, key) }, actor);
  }
}

@CommandHandler(ChangeSettings)
export class ChangeSettingsHandler implements ICommandHandler<ChangeSettings, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, body, request, actor }: ChangeSettings): Promise<Outcome> {
    const decide = (...[ledger, now]: DecideArguments) => changeSettings(body, ledger, now);
    return this.writer.change(company, { request, decide }, actor);
  }
}

@CommandHandler(AddTill)
export class AddTillHandler implements ICommandHandler<AddTill, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, body, request, actor }: AddTill): Promise<Outcome> {
    const decide = (...[ledger, now]: DecideArguments) => addTill(body, ledger, now);
    return this.writer.change(company, { request, decide }, actor);
  }
}

@CommandHandler(RecordOpeningBalances)
export class RecordOpeningBalancesHandler implements ICommandHandler<RecordOpeningBalances, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, body, request, actor }: RecordOpeningBalances): Promise<Outcome> {
    const decide = (...[ledger, now]: DecideArguments) => recordOpeningBalances(body, ledger, now);
    return this.writer.change(company, { request, decide }, actor);
  }
}

@CommandHandler(SetBudget)
export class SetBudgetHandler implements ICommandHandler<SetBudget, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, month, turnover, request, actor }: SetBudget): Promise<Outcome> {
    return this.writer.change(company, { request, decide: () => setBudget(month, turnover) }, actor);
  }
}

@CommandHandler(RegisterCustomer)
export class RegisterCustomerHandler implements ICommandHandler<RegisterCustomer, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, customer, request, actor }: RegisterCustomer): Promise<Outcome> {
    return this.writer.change(company, { request, decide: () => registerCustomer(customer) }, actor);
  }
}

@CommandHandler(EraseCustomer)
export class EraseCustomerHandler implements ICommandHandler<EraseCustomer, Outcome> {
  constructor(private readonly writer: LedgerWriter) {}

  execute({ company, customer, request, actor }: EraseCustomer): Promise<Outcome> {
    const decide = (...[ledger]: DecideArguments) => eraseCustomer(customer, ledger);
    return this.writer.change(company, { request, decide }, actor);
  }
}

type DecideArguments = Parameters<Parameters<LedgerWriter['change']>[1]['decide']>;

export const COMPANY_HANDLERS = [
  OpenCompanyHandler,
  ChangeSettingsHandler,
  AddTillHandler,
  RecordOpeningBalancesHandler,
  SetBudgetHandler,
  RegisterCustomerHandler,
  EraseCustomerHandler,
];
