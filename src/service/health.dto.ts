import { ApiProperty } from '@nestjs/swagger';

export class LivenessDto {
  @ApiProperty({ enum: ['ok'] }) readonly status!: string;
}

export class HaltDto {
  @ApiProperty({ description: 'The read model that stopped', example: 'journal-1' })
  readonly collection!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    format: 'uuid',
    description: 'The ledger whose documents stand still; null when the whole read model does',
  })
  readonly ledger!: string | null;
  @ApiProperty({ type: 'integer', description: 'The event that could not be folded', example: 42 })
  readonly sequence!: number;
  @ApiProperty({ example: 'unknown event' }) readonly reason!: string;
}

export class ReadModelsDto {
  @ApiProperty({ example: true }) readonly running!: boolean;
  @ApiProperty({ type: 'integer', description: 'Events recorded and not folded yet', example: 0 })
  readonly lagEvents!: number;
  @ApiProperty({ description: 'How long the oldest event that is not folded yet has waited', example: 0 })
  readonly lagSeconds!: number;
  @ApiProperty({ type: () => HaltDto, isArray: true }) readonly halts!: readonly HaltDto[];
  @ApiProperty({ type: String, nullable: true, description: 'Why folding waits; null when it does not' })
  readonly unavailable!: string | null;
}

export class ReadinessDto {
  @ApiProperty({ enum: ['ok', 'degraded', 'unavailable'] }) readonly status!: string;
  @ApiProperty({ description: '`ok`, or why the event store cannot be read', example: 'ok' })
  readonly eventStore!: string;
  @ApiProperty({
    description: '`ok`, or why the vault cannot be asked: whom it has confirmed lately goes on meanwhile',
    example: 'ok',
  })
  readonly vault!: string;
  @ApiProperty({ type: [String], description: 'Ledgers that are not served, and why', example: [] })
  readonly refusedLedgers!: readonly string[];
  @ApiProperty({ description: 'There were events at start, and no witness of them', example: false })
  readonly missingWitness!: boolean;
  @ApiProperty({ type: () => ReadModelsDto }) readonly readModels!: ReadModelsDto;
}
