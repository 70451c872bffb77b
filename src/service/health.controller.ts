import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Authenticator } from '../access/authenticator';
import { Public } from '../access/permit.decorator';
import { LedgerCache } from '../platform/ledger-cache';
import { Projector } from '../platform/projector';
import { EventStore } from '../ports/event-store';
import { LivenessDto, ReadinessDto } from './health.dto';
import { StartFindings } from './start-findings';

/** For whoever keeps the service running. `live` restarts it, `ready` sends it requests. */
@ApiTags('Service')
@Controller('health')
export class HealthController {
  constructor(
    private readonly store: EventStore,
    private readonly cache: LedgerCache,
    private readonly projector: Projector,
    private readonly findings: StartFindings,
    private readonly authenticator: Authenticator,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({ operationId: 'isLive', summary: 'Whether the process answers' })
  @ApiOkResponse({ type: LivenessDto, description: 'It does' })
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({
    operationId: 'isReady',
    summary: 'Whether entries are accepted and read',
    description:
      '`degraded` (200) still serves: a ledger is refused, a read model stands still, the vault does not answer, or the witness was missing at start.',
  })
  @ApiOkResponse({ type: ReadinessDto, description: 'Ready, perhaps degraded' })
  @ApiResponse({ status: 503, description: 'The event store cannot be read, or no read model is running' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessDto> {
    const store = await this.storeStatus();
    const readModels = this.projector.status();
    const { silent } = this.authenticator.standing();
    const refused = [...this.findings.refused(), ...this.cache.refusals().map((error) => error.message)];
    const isReady = store === 'ok' && readModels.running;
    if (!isReady) response.status(503);
    const isDegraded =
      refused.length > 0 ||
      readModels.halts.length > 0 ||
      this.findings.missingWitness ||
      silent !== null ||
      readModels.unavailable !== null;
    return {
      status: !isReady ? 'unavailable' : isDegraded ? 'degraded' : 'ok',
      eventStore: store,
      vault: silent ?? 'ok',
      refusedLedgers: refused,
      missingWitness: this.findings.missingWitness,
      readModels: {
        running: readModels.running,
        lagEvents: readModels.lagEvents,
        lagSeconds: readModels.lagSeconds,
        halts: readModels.halts,
        unavailable: readModels.unavailable,
      },
    };
  }

  private async storeStatus(): Promise<string> {
    try {
      await this.store.heads(null, 1);
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
