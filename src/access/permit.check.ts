import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACTION, PUBLIC } from './permit.decorator';
import type { Action } from './permissions';

/** A route of a controller, and what it declares. */
export type DeclaredRoute = {
  readonly name: string;
  readonly action: Action | undefined;
  readonly isPublic: boolean;
};

/** Nest's own metadata key of a route's path. */
const PATH = 'path';

/** Stops the start when a route says neither what it does nor that it is for anybody. */
@Injectable()
export class PermitCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Error naming each route at fault */
  onModuleInit(): void {
    const undeclared = this.routes().filter(({ action, isPublic }) => (action === undefined) !== isPublic);
    if (undeclared.length === 0) return;
    const names = undeclared.map(({ name }) => name).join(', ');
    throw new Error(`These routes need exactly one of @Permit(action) and @Public(): ${names}`);
  }

  /** Every route of every controller. */
  routes(): DeclaredRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ method, handler: prototype[method] }))
        .filter(({ handler }) => typeof handler === 'function' && Reflect.hasMetadata(PATH, handler))
        .map(({ method, handler }) => this.declaredBy(metatype as Type, method, handler as () => unknown));
    });
  }

  private declaredBy(controller: Type, method: string, handler: () => unknown): DeclaredRoute {
    const targets: (Type | (() => unknown))[] = [handler, controller];
    return {
      name: `${controller.name}.${method}`,
      action: this.reflector.getAllAndOverride<Action | undefined>(ACTION, targets),
      isPublic: this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) === true,
    };
  }
}
