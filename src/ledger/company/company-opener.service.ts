import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Actor } from '../../kernel/event';
import { Problem } from '../../platform/http/problem';
import type { Outcome } from '../../platform/ledger-writer';
import { EventStore } from '../../ports/event-store';
import { Ids } from '../../ports/ids';
import { Vault } from '../../ports/vault';
import type { Request } from '../decide';
import { OpenCompany } from './company.commands';
import type { NewCompany } from './requests';

/**
 * Opens companies: the SIREN is reserved first, then the ledger is opened, then the company counts. A crash in
 * between leaves a reservation that the next start settles by looking for the ledger.
 */
@Injectable()
export class CompanyOpener {
  constructor(
    private readonly commands: CommandBus,
    private readonly vault: Vault,
    private readonly store: EventStore,
    private readonly ids: Ids,
  ) {}

  /** @throws Problem siren-taken; Refusal setting-not-valid … */
  async open(
    body: NewCompany,
    request: Request,
    actor: Actor,
  ): Promise<{ readonly company: string; readonly sequence: number; readonly replayed: boolean }> {
    const wanted = { siren: body.siren, company: this.ids.uuid(), idempotencyKey: request.id };
    const { outcome, reservation } = await this.vault.reserveCompany(wanted);
    if (outcome === 'taken') throw new Problem('siren-taken', { facts: { siren: body.siren } });
    if (outcome === 'key-used') throw new Problem('conflict');
    const { company } = reservation;
    const opened = await this.execute(new OpenCompany(company, body, request, actor));
    if (opened.status === 'refused') {
      if (reservation.status === 'pending') await this.vault.releaseCompany(company);
      throw opened.refusal;
    }
    await this.vault.confirmCompany(company);
    return { company, sequence: opened.sequence, replayed: opened.status === 'replayed' };
  }

  /** Confirms or releases the reservations that a crash left open. */
  async settlePending(): Promise<void> {
    for (const { company } of await this.vault.pendingCompanies()) {
      if ((await this.store.head(company)) === null) await this.vault.releaseCompany(company);
      else await this.vault.confirmCompany(company);
    }
  }

  private execute(command: OpenCompany): Promise<Outcome> {
    return this.commands.execute<OpenCompany, Outcome>(command);
  }
}
