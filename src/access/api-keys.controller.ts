import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { readInstant } from '../kernel/day';
import { ApiProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { ApiIdempotencyKey, markReplay, RepeatableWrites } from '../platform/http/repeatable-writes';
import type { ApiKey } from '../ports/vault';
import { ApiKeys } from './api-keys';
import { API_KEY_EXAMPLE, ApiKeyDto, ApiKeyRequestDto, ApiKeysDto, NewApiKeyDto } from './api-keys.dto';
import { Permit } from './permit.decorator';
import { principalOf } from './principal';

@ApiTags('Access')
@ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
@Controller('v1/companies/:company/api-keys')
export class ApiKeysController {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly writes: RepeatableWrites,
  ) {}

  @Post()
  @Permit('api-key.manage')
  @ApiOperation({
    operationId: 'makeApiKey',
    summary: 'Make an API key',
    description: 'The key is shown in this answer and never again.',
  })
  @ApiIdempotencyKey()
  @ApiCreatedResponse({ type: NewApiKeyDto })
  @ApiOkResponse({ type: NewApiKeyDto, description: 'Made before, under the same key' })
  @ApiProblems('invalid-input', 'not-found', 'idempotency-mismatch', 'cross-site-request')
  async make(
    @Body() { name, role, tills, expiresAt }: ApiKeyRequestDto,
    @Headers('Idempotency-Key') key: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Plain<NewApiKeyDto>> {
    const principal = principalOf(request);
    const end = expiresAt === undefined ? null : readInstant(expiresAt);
    const wanted = { name, role, tills: tills ?? null, expiresAt: end };
    const { answer, replayed } = await this.writes.once<Plain<NewApiKeyDto>>(
      { scope: `${String(principal.company)}/api-keys/${principal.actor.id}`, key, request: wanted },
      async () => {
        const { apiKey, secret } = await this.apiKeys.make(principal, wanted);
        return { answer: { ...apiKeyDto(apiKey), key: null }, secrets: { key: secret } };
      },
    );
    if (replayed) markReplay(response);
    return answer;
  }

  @Get()
  @Permit('api-key.manage')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'The API keys of a company, revoked ones included' })
  @ApiOkResponse({ type: ApiKeysDto, example: { data: [API_KEY_EXAMPLE], next: null } })
  @ApiProblems('not-found')
  async list(@Req() request: Request): Promise<Plain<ApiKeysDto>> {
    const keys = await this.apiKeys.list(principalOf(request));
    return { data: keys.map(apiKeyDto), next: null };
  }

  @Delete(':id')
  @HttpCode(204)
  @Permit('api-key.revoke')
  @ApiParam({ name: 'id', format: 'uuid', description: 'Id of the key' })
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'It is refused from then on.',
  })
  @ApiNoContentResponse()
  @ApiProblems('not-found', 'cross-site-request')
  async revoke(@Param('id') id: string, @Req() request: Request): Promise<void> {
    await this.apiKeys.revoke(principalOf(request), id);
  }
}

function apiKeyDto(key: ApiKey): Plain<ApiKeyDto> {
  const { id, name, role, tills, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt } = key;
  return { id, name, role, tills, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt };
}
