import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Level, type Logger as Pino } from 'pino';
import type { Config } from '../config';

/** Names whose values never reach a log, wherever they stand in what is logged. */
const SECRETS = ['password', 'token', 'key', 'authorization', 'cookie', 'link', 'passwordHash', 'tokenHash'];

const REDACTED = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** The log of the service: JSON lines in production, a short line for a person otherwise. Secrets are removed. */
export function createLog(
  { logLevel, production }: Pick<Config, 'logLevel' | 'production'>,
  stream?: DestinationStream,
): Pino {
  const options = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(options, stream ?? (production ? pino.destination(1) : new ReadableLines(process.stdout)));
}

/** Nest's logger over pino. An object as message becomes fields of the line. */
export class NestLog implements LoggerService {
  constructor(private readonly pino: Pino) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and for errors a stack before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const stack = rest.slice(0, -1).find((item) => typeof item === 'string');
    const fields = {
      ...(context === undefined ? {} : { context }),
      ...(stack === undefined ? {} : { stack }),
    };
    if (message instanceof Error) this.pino[level]({ ...fields, error: message }, message.message);
    else if (typeof message === 'object' && message !== null) {
      const { message: text, ...others } = message as { message?: unknown };
      this.pino[level]({ ...fields, ...others }, typeof text === 'string' ? text : undefined);
    } else this.pino[level](fields, String(message));
  }
}

type Line = { time?: string; level?: string; msg?: string; context?: string; error?: { stack?: string } };

/** Writes pino's lines as `12:34:56 warn  [Context] message {fields}`. */
class ReadableLines implements DestinationStream {
  constructor(private readonly out: NodeJS.WritableStream) {}

  write(json: string): void {
    const { time = '', level = '', msg = '', context, error, ...fields } = JSON.parse(json) as Line;
    const where = context === undefined ? '' : `[${context}] `;
    const others = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    const stack = error?.stack === undefined ? '' : `\n${error.stack}`;
    this.out.write(`${time.slice(11, 19)} ${level.padEnd(5)} ${where}${msg}${others}${stack}\n`);
  }
}
