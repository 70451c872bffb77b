/** Signs checkpoints with Ed25519. The private key never leaves it. */
export abstract class Signer {
  /** The raw 32 bytes of the public key. */
  abstract readonly publicKey: Uint8Array;

  /** Name in signed notes (C2SP): the installation's, without spaces or plus signs. */
  abstract readonly keyName: string;

  abstract sign(message: Uint8Array): Uint8Array;
}
