/** What a faulty port does otherwise than the one that it passes everything else on to. */
export type Bend<Port> = (inner: Port) => Partial<Port>;

/** A port that is bent in some of its calls. */
export function bent<Port extends object>(inner: Port, bend: Bend<Port>): Port {
  const bends = bend(inner);
  return new Proxy(inner, {
    get: (port, name): unknown => {
      if (Object.hasOwn(bends, name)) return Reflect.get(bends, name);
      const value: unknown = Reflect.get(port, name);
      return typeof value === 'function' ? value.bind(port) : value;
    },
  });
}

type Call = (...request: unknown[]) => unknown;

/**
 * Lets a method of a class go another way, for whoever calls it in this process, until `jest.restoreAllMocks`. The bend is
 * told what the method does otherwise, and of whom it is asked.
 */
export function bendMethod<Self extends object>(
  prototype: Self,
  name: keyof Self & string,
  bend: (sound: Call, self: Self) => Call,
): void {
  const methods = prototype as Record<string, Call>;
  const sound = methods[name] as Call;
  jest.spyOn(methods, name).mockImplementation(function (this: Self, ...request: unknown[]) {
    return bend((...own) => sound.apply(this, own), this)(...request);
  });
}
