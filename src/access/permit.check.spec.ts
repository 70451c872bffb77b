import { Controller, Delete, Get, Post } from '@nestjs/common';
import { type AccessApp, accessApp } from '../../test/support/access-app';
import { Permit, Public } from './permit.decorator';
import { PermitCheck } from './permit.check';
import { PERMISSIONS } from './permissions';

@Controller('declared')
class DeclaredController {
  @Get()
  @Permit('report.read')
  read(): string {
    return 'read';
  }

  @Get('public')
  @Public()
  open(): string {
    return 'open';
  }

  helper(): string {
    return 'no route';
  }
}

@Controller('undeclared')
class UndeclaredController {
  @Get()
  @Permit('report.read')
  fine(): string {
    return 'fine';
  }

  @Post()
  forgotten(): string {
    return 'forgotten';
  }

  @Delete()
  @Public()
  @Permit('report.read')
  contradictory(): string {
    return 'contradictory';
  }
}

describe('the check of routes at start', () => {
  let on: AccessApp | undefined;
  afterEach(async () => {
    await on?.close();
    on = undefined;
  });

  it('finds an action, or that it is public, on each route', async () => {
    on = await accessApp([DeclaredController]);
    const routes = on.app.get(PermitCheck).routes();
    expect(routes.filter(({ name }) => name.startsWith('Declared'))).toEqual([
      { name: 'DeclaredController.read', action: 'report.read', isPublic: false },
      { name: 'DeclaredController.open', action: undefined, isPublic: true },
    ]);
    expect(routes.length).toBeGreaterThanOrEqual(10);
    for (const { action } of routes) if (action) expect(Object.keys(PERMISSIONS)).toContain(action);
  });

  it('stops the start and names the routes at fault', async () => {
    await expect(accessApp([DeclaredController, UndeclaredController])).rejects.toThrow(
      'exactly one of @Permit(action) and @Public(): UndeclaredController.forgotten, UndeclaredController.contradictory',
    );
  });
});
