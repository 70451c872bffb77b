import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { HttpModule } from '../platform/http/http.module';
import { AccessGuard } from './access.guard';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeys } from './api-keys';
import { AuthController } from './auth.controller';
import { Authenticator } from './authenticator';
import { FirstStart } from './first-start';
import { InvitationsController } from './invitations.controller';
import { Invitations } from './invitations';
import { Passwords } from './passwords';
import { PermitCheck } from './permit.check';
import { SignIn } from './sign-in';
import { VaultUpkeep } from './upkeep';

/**
 * Sign-in, invitations, API keys, and the guard in front of every route of the application. Needs `Vault`, `Clock`,
 * `Ids` and `CONFIG` from a global module.
 */
@Module({
  imports: [DiscoveryModule, HttpModule],
  controllers: [AuthController, InvitationsController, ApiKeysController],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    ApiKeys,
    Authenticator,
    FirstStart,
    Invitations,
    Passwords,
    PermitCheck,
    SignIn,
    VaultUpkeep,
  ],
  exports: [Authenticator, FirstStart, PermitCheck, HttpModule],
})
export class AccessModule {}
