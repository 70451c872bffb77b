import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config';
import { ApiProblems, ApiPublicProblems } from '../platform/http/api-problems.decorator';
import type { Plain } from '../platform/http/plain';
import { Problem } from '../platform/http/problem';
import { Vault } from '../ports/vault';
import { LoginDto, ME_EXAMPLE, MeDto, SignedInDto, userDto } from './auth.dto';
import { Authenticator } from './authenticator';
import { Permit, Public } from './permit.decorator';
import { companiesOf, type Identity, principalOf } from './principal';
import { clearSessionCookie, setSessionCookie } from './session-cookie';
import { SignIn, type SignedIn } from './sign-in';

/** Companies that `GET /v1/me` lists; `GET /v1/companies` has pages. */
const MOST_COMPANIES = 500;

@ApiTags('Access')
@Controller('v1')
export class AuthController {
  constructor(
    private readonly signIn: SignIn,
    private readonly vault: Vault,
    private readonly authenticator: Authenticator,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post('auth/login')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    operationId: 'signIn',
    summary: 'Sign in',
    description:
      'Answers a session token and sets it as the cookie `caisse_session` (HttpOnly, SameSite=Strict).',
  })
  @ApiBody({ type: LoginDto })
  @ApiOkResponse({ type: SignedInDto })
  @ApiPublicProblems('invalid-input', 'wrong-credentials', 'too-many-sign-ins', 'overloaded')
  async login(
    @Body() { email, password }: LoginDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Plain<SignedInDto>> {
    const signedIn = await this.signIn.withPassword(email, password, request.ip);
    setSessionCookie(response, signedIn.token, this.config.publicUrl);
    return signedInDto(signedIn);
  }

  @Post('auth/logout')
  @HttpCode(204)
  @Permit('session.end')
  @ApiOperation({
    operationId: 'signOut',
    summary: 'Sign out',
    description: 'The token is refused from then on.',
  })
  @ApiNoContentResponse()
  @ApiProblems('cross-site-request')
  async logout(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    // Also where the vault cannot be told: the next one at this screen is somebody else.
    clearSessionCookie(response, this.config.publicUrl);
    await this.signIn.out(principalOf(request).identity);
  }

  @Get('me')
  @Permit('me.read')
  @ApiOperation({ operationId: 'whoAmI', summary: 'Who I am, and my role per company' })
  @ApiOkResponse({ type: MeDto, example: ME_EXAMPLE })
  @ApiProblems()
  async me(@Req() request: Request): Promise<Plain<MeDto>> {
    const { identity } = principalOf(request);
    const companies = await this.rolesOf(identity);
    return {
      user: identity.kind === 'session' ? await this.userOf(identity) : null,
      apiKey: identity.kind === 'api-key' ? apiKeyDto(identity) : null,
      companies: companies.slice(0, MOST_COMPANIES),
      more: companies.length > MOST_COMPANIES,
    };
  }

  private async userOf({ id }: Identity) {
    const user = await this.vault.user(id);
    if (!user) throw new Problem('not-signed-in');
    return userDto(user);
  }

  private async rolesOf(identity: Identity) {
    const roles = companiesOf(identity, this.authenticator.now());
    if (roles !== null) return [...roles].map(([id, role]) => ({ id, role }));
    const all = await this.vault.companies(null, MOST_COMPANIES + 1);
    return all.map((id) => ({ id, role: 'firm-admin' as const }));
  }
}

export function signedInDto({ token, expiresAt, user }: SignedIn): Plain<SignedInDto> {
  return { token, expiresAt, user: userDto(user) };
}

function apiKeyDto({ id, tills, until }: Identity) {
  return { id, tills, expiresAt: until === null ? null : new Date(until).toISOString() };
}
