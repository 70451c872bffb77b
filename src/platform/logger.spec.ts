import { createLog, NestLog } from './logger';

/** A log in memory, and the lines that it wrote. */
function aLog(logLevel: 'info' | 'trace' = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { log: new NestLog(createLog({ logLevel, production: true }, stream)), lines };
}

describe('the log', () => {
  it('writes JSON lines with time, level, context and message', () => {
    const { log, lines } = aLog();
    log.log('started', 'Main');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), context: 'Main', msg: 'started' },
    ]);
  });

  it('takes the fields of an object', () => {
    const { log, lines } = aLog();
    log.warn({ message: 'slow', requestId: 'r-1', milliseconds: 12 }, 'Http');
    expect(lines[0]).toMatchObject({
      level: 'warn',
      context: 'Http',
      msg: 'slow',
      requestId: 'r-1',
      milliseconds: 12,
    });
  });

  it('keeps the stack and the cause of an error', () => {
    const { log, lines } = aLog();
    log.error({ message: 'unexpected', error: new Error('outer', { cause: new Error('inner') }) }, 'Http');
    expect(lines[0]).toMatchObject({
      error: { message: expect.stringContaining('outer'), stack: expect.stringContaining('inner') },
    });
    log.error(new Error('alone'), 'Http');
    expect(lines[1]).toMatchObject({
      msg: 'alone',
      error: { stack: expect.stringContaining('logger.spec') },
    });
    log.error('text', 'the stack', 'Http');
    expect(lines[2]).toMatchObject({ msg: 'text', stack: 'the stack', context: 'Http' });
  });

  it('removes secrets wherever they stand', () => {
    const { log, lines } = aLog();
    log.log({
      message: 'x',
      password: 'secret-1',
      body: { token: 'secret-2', user: { cookie: 'secret-3' } },
      headers: { authorization: 'secret-4' },
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(lines[0]).toMatchObject({ password: '[redacted]' });
  });

  it('is silent below its level', () => {
    const { log, lines } = aLog('info');
    log.debug('x');
    log.verbose('x');
    expect(lines).toEqual([]);
    log.fatal('y');
    expect(lines[0]).toMatchObject({ level: 'fatal' });
  });

  it('is readable for a person outside production', () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const log = new NestLog(createLog({ logLevel: 'info', production: false }));
    log.warn({ message: 'slow', requestId: 'r-1' }, 'Http');
    log.error({ message: 'bug', error: new Error('inside') }, 'Http');
    const text = write.mock.calls.map(([line]) => String(line)).join('');
    write.mockRestore();
    expect(text).toMatch(/^\d\d:\d\d:\d\d warn {2}\[Http\] slow \{"requestId":"r-1"\}\n/);
    expect(text).toContain('error [Http] bug\nError: inside\n    at ');
  });
});
