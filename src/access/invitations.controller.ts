import { Body, Controller, Get, Headers, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config';
import { readInstant } from '../kernel/day';
import { ApiProblems, ApiPublicProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { ApiIdempotencyKey, markReplay, RepeatableWrites } from '../platform/http/repeatable-writes';
import type { Invitation } from '../ports/vault';
import { signedInDto } from './auth.controller';
import { SignedInDto } from './auth.dto';
import { Invitations } from './invitations';
import {
  AcceptanceDto,
  INVITATION_EXAMPLE,
  InvitationDto,
  InvitationRequestDto,
  NewInvitationDto,
} from './invitations.dto';
import { Permit, Public } from './permit.decorator';
import { principalOf } from './principal';
import { setSessionCookie } from './session-cookie';

const TOKEN = 'From the link of the invitation';

@ApiTags('Access')
@Controller('v1')
export class InvitationsController {
  constructor(
    private readonly invitations: Invitations,
    private readonly writes: RepeatableWrites,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('companies/:company/invitations')
  @Permit('invitation.create')
  @ApiParam({ name: 'company', format: 'uuid', description: 'Id of the company' })
  @ApiOperation({
    operationId: 'invite',
    summary: 'Invite somebody',
    description: 'Answers a single-use link, valid for seven days.',
  })
  @ApiIdempotencyKey()
  @ApiCreatedResponse({ type: NewInvitationDto })
  @ApiOkResponse({ type: NewInvitationDto, description: 'Made before, under the same key' })
  @ApiProblems('invalid-input', 'not-found', 'idempotency-mismatch', 'cross-site-request')
  async invite(
    @Body() { email, role, accessExpiresAt }: InvitationRequestDto,
    @Headers('Idempotency-Key') key: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Plain<NewInvitationDto>> {
    const principal = principalOf(request);
    const end = accessExpiresAt === undefined ? null : readInstant(accessExpiresAt);
    const wanted = { email, role, accessExpiresAt: end };
    const { answer, replayed } = await this.writes.once(
      { scope: `${String(principal.company)}/invitations/${principal.actor.id}`, key, request: wanted },
      async () => {
        const { invitation, token, link } = await this.invitations.invite(principal, wanted);
        return { answer: newInvitationDto(invitation), secrets: { token, link } };
      },
    );
    if (replayed) markReplay(response);
    return answer;
  }

  @Get('invitations/:token')
  @ApiParam({ name: 'token', description: TOKEN })
  @Public()
  @ApiOperation({ operationId: 'readInvitation', summary: 'What an invitation offers' })
  @ApiOkResponse({ type: InvitationDto, example: INVITATION_EXAMPLE })
  @ApiPublicProblems('invitation-not-valid')
  async read(@Param('token') token: string): Promise<Plain<InvitationDto>> {
    return invitationDto(await this.invitations.open(token));
  }

  @Post('invitations/:token')
  @ApiParam({ name: 'token', description: TOKEN })
  @Public()
  @ApiOperation({
    operationId: 'acceptInvitation',
    summary: 'Accept an invitation',
    description: 'Makes the account, or adds the role to the one that has this e-mail, and signs in.',
  })
  @ApiCreatedResponse({ type: SignedInDto })
  @ApiPublicProblems(
    'invalid-input',
    'invitation-not-valid',
    'wrong-credentials',
    'too-many-sign-ins',
    'conflict',
  )
  async accept(
    @Param('token') token: string,
    @Body() { password, name, email }: AcceptanceDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Plain<SignedInDto>> {
    const signedIn = await this.invitations.accept(token, { password, name, email }, request.ip);
    setSessionCookie(response, signedIn.token, this.config.publicUrl);
    return signedInDto(signedIn);
  }
}

function invitationDto({
  company,
  role,
  email,
  expiresAt,
  accessExpiresAt,
}: Invitation): Plain<InvitationDto> {
  return { company, role, email, expiresAt, accessExpiresAt };
}

function newInvitationDto(invitation: Invitation): Plain<NewInvitationDto> {
  return { id: invitation.id, ...invitationDto(invitation), token: null, link: null };
}
