import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreDbDouble } from '../../support/eventstoredb-double/server';
import { aDatabase, type MongoDatabase, type OwnServer } from '../../support/mongodb-server';
import { type Folder, newFolder, type ServiceProcess, startService } from '../../support/service';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';
import type { Family, Fault } from './schedule';

const PRELOAD = resolve(__dirname, '../../support/shifted-clock.cjs');
const MOST_STARTS = 8;
/** Several may start at once, on a machine that has other things to do. */
const START_MS = 60_000;
/** A service that was asked to stop has five seconds for what is under way. */
const STOP_MS = 8_000;

export const ADMINISTRATOR = { email: 'cabinet@example.org', password: 'une phrase de passe' };

type Node = {
  readonly folder: Folder;
  readonly clock: string;
  service: ServiceProcess | null;
  /** Where it answers, or did. */
  url: string;
  /** What is done to it happens one after the other. */
  busy: Promise<void>;
};

/**
 * The processes of one installation and the engines below them, and everything that can be done to them. One run after
 * the other may use it, each with a company of its own.
 */
export class Installation {
  private readonly nodes: Node[] = [];
  /** That an embedded node can fill; null where mounting one is not permitted. */
  private disk: SmallDisk | null = null;
  private isFull = false;
  private doubles: EventStoreDbDouble[] = [];
  private leading = 0;
  private database: MongoDatabase | null = null;
  private readonly pending = new Set<Promise<void>>();
  private isHealing = false;
  private readonly shared = newFolder();

  private constructor(
    readonly family: Family,
    private readonly mongo: OwnServer | null,
  ) {}

  static async open(family: Family, mongo: OwnServer | null): Promise<Installation> {
    const installation = new Installation(family, mongo);
    if (family === 'servers') await installation.startEngines();
    else {
      installation.disk = mountSmallDisk();
      if (!installation.disk)
        process.stderr.write('NOT RUN: full disks: mounting one is not permitted here\n');
    }
    return installation;
  }

  /** Sees to it that so many nodes are up, with the time of the machine. */
  async begin(count: number): Promise<void> {
    while (this.nodes.length < count) {
      const index = this.nodes.length;
      const folder = this.disk?.folder ?? (index === 0 ? this.shared : newFolder());
      const clock = join(this.shared.root, `clock-${index}`);
      this.nodes.push({ folder, clock, service: null, url: '', busy: Promise.resolve() });
    }
    for (const { clock } of this.nodes) writeFileSync(clock, '0');
    const [first, ...others] = this.nodes.filter(({ service }) => !service);
    // The very first one makes the signing key and the administrator that the others find.
    if (first) await this.launch(first);
    await Promise.all(others.map((node) => this.launch(node)));
    this.isHealing = false;
  }

  urlOf(index: number): string {
    return this.node(index).url;
  }

  get folder(): Folder {
    return this.node(0).folder;
  }

  get connectionString(): string {
    return `esdb://${this.doubles.map(({ endpoint }) => endpoint).join(',')}?tls=false`;
  }

  get witnesses(): string[] {
    return this.nodes.map(({ folder }) => folder.witness);
  }

  logs(): string {
    return this.nodes.map(({ service }, index) => `node ${index}: ${service?.log() ?? '–'}`).join('\n');
  }

  /** Does it, or begins to; what takes time goes on beside the clients. */
  apply(fault: Fault, cutClients: (origin: string) => void): void {
    if (this.isHealing) return;
    switch (fault.kind) {
      case 'kill':
        return this.to(fault.node, (node) => this.restart(node, (service) => service.kill(), fault.downMs));
      case 'stop':
        return this.to(fault.node, (node) => this.restart(node, stopped, 0));
      case 'pause':
        return this.to(fault.node, (node) => this.pause(node, fault.forMs));
      case 'clock':
        return writeFileSync(this.node(fault.node).clock, String(fault.offsetMs));
      case 'cut-clients':
        return cutClients(new URL(this.urlOf(fault.node)).origin);
      case 'disk':
        return this.fillDisk(fault.leaving, fault.forMs);
      case 'store':
        return this.doubles[this.leading]?.fail(fault.fault);
      case 'leader':
        return this.changeLeader();
      case 'no-leader':
        return this.loseLeader(fault.forMs);
      case 'cut-subscriptions':
        return this.doubles.forEach((double) => double.cutSubscriptions());
      case 'database':
        return this.failDatabase(fault.fate, fault.times);
      case 'cut-database':
        return this.mongo?.proxy.cut();
      case 'database-away':
        return this.loseDatabase(fault.forMs);
    }
  }

  /** Ends all faults and waits until every node is up. What a run still had planned does not happen any more. */
  async heal(): Promise<void> {
    this.isHealing = true;
    for (const double of this.doubles) double.recover();
    if (this.mongo) this.mongo.proxy.fateOf = () => 'answered';
    this.followLeader();
    this.mongo?.proxy.comeBack();
    this.freeDisk();
    await Promise.all(this.pending);
    for (const node of this.nodes) if (!node.service) await this.launch(node);
  }

  async close(): Promise<void> {
    this.isHealing = true;
    await Promise.allSettled(this.pending);
    await Promise.all(this.nodes.flatMap(({ service }) => service?.kill() ?? []));
    await Promise.all(this.doubles.map((double) => double.stop()));
    await this.database?.drop().catch(() => undefined);
    this.disk?.unmount();
  }

  private node(index: number): Node {
    return this.nodes[index % this.nodes.length] as Node;
  }

  private to(index: number, act: (node: Node) => Promise<void>): void {
    const node = this.node(index);
    node.busy = node.busy.then(() => (this.isHealing ? undefined : act(node)));
    this.wait(node.busy);
  }

  private wait(work: Promise<void>): void {
    this.pending.add(work);
    void work.then(
      () => this.pending.delete(work),
      () => undefined,
    );
  }

  private async startEngines(): Promise<void> {
    const first = await EventStoreDbDouble.start();
    const second = await EventStoreDbDouble.start({ log: first.log });
    second.follow(first);
    this.doubles = [first, second];
    this.database = this.mongo ? aDatabase(this.mongo) : null;
  }

  private environmentOf(node: Node): Record<string, string> {
    const { database } = this;
    const common = {
      NODE_OPTIONS: `--require ${PRELOAD}`,
      TEST_CLOCK: node.clock,
      CAISSE_ADMIN_EMAIL: ADMINISTRATOR.email,
      CAISSE_ADMIN_PASSWORD: ADMINISTRATOR.password,
      CAISSE_AFTER_WAIT_MS: '30000',
    };
    if (this.family === 'embedded') return common;
    const address = database ? new URL(database.uri) : null;
    if (address && database) address.pathname = `/${database.database}`;
    return {
      ...common,
      CAISSE_EVENT_STORE: this.connectionString,
      CAISSE_SIGNING_KEY: join(this.folder.root, 'signing-key.pem'),
      ...(address ? { CAISSE_READ_STORE: address.href } : {}),
    };
  }

  /** As a supervisor would: what does not come up is started again. */
  private async launch(node: Node): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const environment = this.environmentOf(node);
        node.service = await startService(node.folder, { environment, patience: START_MS });
        node.url = node.service.url;
        return;
      } catch (error) {
        if (attempt === MOST_STARTS) throw error;
        await delay(100 * attempt);
      }
    }
  }

  private async restart(
    node: Node,
    end: (service: ServiceProcess) => Promise<unknown>,
    downMs: number,
  ): Promise<void> {
    const { service } = node;
    node.service = null;
    if (service) await end(service);
    await delay(downMs);
    await this.launch(node);
  }

  private async pause(node: Node, forMs: number): Promise<void> {
    const pid = node.service?.pid;
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    await delay(forMs);
    process.kill(pid, 'SIGCONT');
  }

  private fillDisk(leaving: number, forMs: number): void {
    if (!this.disk || this.isFull) return;
    this.isFull = true;
    try {
      this.disk.fill(leaving);
    } catch {
      // The service took the last bytes meanwhile: full is full.
    }
    this.wait(delay(forMs).then(() => this.freeDisk()));
  }

  private freeDisk(): void {
    if (!this.isFull) return;
    this.isFull = false;
    this.disk?.free();
  }

  private changeLeader(): void {
    this.leading = (this.leading + 1) % this.doubles.length;
    this.followLeader();
  }

  private followLeader(): void {
    const leader = this.doubles[this.leading];
    if (leader) for (const double of this.doubles) double.follow(leader);
  }

  /** The leader is gone and the others have not agreed on a new one: its subscriptions end. */
  private loseLeader(forMs: number): void {
    for (const double of this.doubles) {
      double.follow(null);
      double.cutSubscriptions();
    }
    this.wait(delay(forMs).then(() => this.followLeader()));
  }

  private loseDatabase(forMs: number): void {
    this.mongo?.proxy.leave();
    this.wait(delay(forMs).then(() => this.mongo?.proxy.comeBack()));
  }

  private failDatabase(fate: 'lost' | 'refused' | 'answered', times: number): void {
    if (!this.mongo) return;
    let left = times;
    this.mongo.proxy.fateOf = () => {
      left -= 1;
      return left >= 0 ? fate : 'answered';
    };
  }
}

async function stopped(service: ServiceProcess): Promise<void> {
  const late = setTimeout(() => void service.kill(), STOP_MS);
  await service.stop();
  clearTimeout(late);
}
