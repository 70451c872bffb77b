export abstract class Ids {
  /** A UUID of version 7 (RFC 9562 §5.7), lowercase. */
  abstract uuid(): string;
}
