import { randomUUID } from 'node:crypto';
import { type DynamicModule, Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessModule } from './access/access.module';
import {
  openEventStore,
  openLeases,
  openRateCounters,
  openReadModelStore,
  openVault,
} from './adapters/engines';
import { keepDiskReserve } from './adapters/node/disk-reserve';
import { SignerKeyFile } from './adapters/node/signer-key-file';
import { SystemClock } from './adapters/node/system-clock';
import { UuidV7 } from './adapters/node/uuid-v7';
import { WitnessFile } from './adapters/node/witness-file';
import { CONFIG, type Config, vaultFile } from './config';
import { CompanyModule } from './ledger/company/company.module';
import { RecordingModule } from './recording/recording.module';
import { RecordedCount } from './platform/background-thread';
import { CheckpointSigner } from './platform/checkpoints';
import { sha256 } from './platform/crypto';
import { CACHE_DEFAULTS, LedgerCache } from './platform/ledger-cache';
import { LedgerWriter, WRITER_DEFAULTS } from './platform/ledger-writer';
import type { EntryIndex } from './platform/entry-index';
import { ProjectedEntryIndex } from './platform/projected-entry-index';
import { Projector } from './platform/projector';
import { ProjectorThread } from './platform/projector-thread';
import { SnapshotThread } from './platform/snapshot-thread';
import { Troubles } from './platform/troubles';
import { Turns } from './platform/turns';
import { requirePartitions } from './platform/leased-runner';
import { checkWitness } from './platform/witness-check';
import { Clock } from './ports/clock';
import { EventStore } from './ports/event-store';
import { Ids } from './ports/ids';
import { RateCounters } from './ports/rate-counters';
import { ReadModelStore } from './ports/read-model-store';
import { Signer } from './ports/signer';
import { Vault } from './ports/vault';
import { Witness } from './ports/witness';
import { ProofModule } from './proof-reports/proof.module';
import { ReportsModule } from './reports/reports.module';
import { ServiceModule } from './service/service.module';
import { StartFindings } from './service/start-findings';
import { groundOfEvents, groundOfReadModels, settingUp } from './start-problem';

/** Everything that was opened, for closing it in the right order. */
export type Opened = {
  readonly config: Config;
  readonly store: EventStore;
  readonly readStore: ReadModelStore;
  readonly vault: Vault;
  readonly counters: RateCounters | null;
  readonly turns: Turns | null;
  readonly witness: Witness;
  readonly signer: Signer;
  readonly snapshots: SnapshotThread;
  readonly projector: Projector;
  readonly cache: LedgerCache;
  readonly writer: LedgerWriter;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly findings: StartFindings;
  readonly checkpoints: CheckpointSigner;
  readonly troubles: Troubles;
};

/** How often a node looks at what another one has folded, while somebody waits for it. */
const POLL_MS = 25;

const MEBIBYTE = 1024 * 1024;

/** What a program that is not the service may set otherwise: another time, another memory for states (bytes). */
export type OpenOptions = {
  readonly clock?: Clock;
  readonly cacheBytes?: number;
  /** Where forgotten ids are looked up, for whoever folds no read models. */
  readonly index?: EntryIndex;
};

type Closable = { readonly close: () => unknown };

/**
 * Opens the stores and builds what stands on them. Beside `adapters/engines`, the only place that names adapters.
 *
 * @throws ConfigError, StartRefused with what to do, when a file cannot be had; nothing stays open then
 */
export async function openStores(
  config: Config,
  warn: (message: string) => void,
  options: OpenOptions = {},
): Promise<Opened> {
  const opened: Closable[] = [];
  try {
    return await open(config, warn, options, opened);
  } catch (error) {
    // A thread that is left would keep the process alive after it has said why it does not start.
    for (const each of opened.reverse()) await each.close();
    throw error;
  }
}

/** Leaves in `opened` what must be closed if a later step fails. */
async function open(
  config: Config,
  warn: (message: string) => void,
  { clock = new SystemClock(), cacheBytes = config.ledgerCacheMiB * MEBIBYTE, ...options }: OpenOptions,
  opened: Closable[],
): Promise<Opened> {
  const inData = { setting: 'CAISSE_DATA', file: config.data } as const;
  if (await settingUp(inData, () => keepDiskReserve(config.data)))
    warn(`the disk of ${config.data} is full: what was kept free for this start is given up`);
  const ids = new UuidV7();
  const troubles = new Troubles(warn);
  const parts = await openParts(config, troubles, opened);
  const { store, readStore, signer, witness, turns } = parts;
  const findings = new StartFindings(
    await settingUp(groundOfEvents(config), () => checkWitness(store, witness)),
  );
  for (const sentence of findings.refused()) warn(sentence);
  if (findings.missingWitness) warn(`there was no witness at ${config.witness}, yet the store is not empty`);
  const checkpoints = new CheckpointSigner(signer);
  const snapshotKey = sha256(signer.sign(new TextEncoder().encode('caisse: MAC of snapshots')));
  const addresses = { eventStore: config.eventStore, readStore: config.readStore };
  const recorded = new RecordedCount();
  const snapshots = new SnapshotThread({ ...addresses, snapshotKey, recorded: recorded.memory }, warn);
  const projector = new ProjectorThread({
    events: store,
    readModels: readStore,
    data: { ...addresses, partitions: config.projectionPartitions, recorded: recorded.memory },
    waitMs: config.afterWaitMs,
    // Another node may be the one that folds.
    pollMs: config.readStore.engine === 'sqlite' ? undefined : POLL_MS,
    report: (message) => troubles.note({ what: 'projector-stopped', message }),
  });
  const cache = new LedgerCache({ store, readStore, snapshotKey }, witness, snapshots, {
    ...CACHE_DEFAULTS,
    bytes: cacheBytes,
  });
  const index = options.index ?? new ProjectedEntryIndex(readStore, projector);
  const writer = new LedgerWriter(store, witness, checkpoints, clock, ids, index, cache, {
    ...WRITER_DEFAULTS,
    queuedPerLedger: config.queuePerLedger,
    queuedInAll: config.queueTotal,
    turns,
    onRecorded: (events) => recorded.add(events),
    onClockStep: ({ ledger, from, to }) =>
      troubles.note({
        what: 'clock-went-back',
        message: `the clock went back: ledger ${ledger} goes on at ${to} after ${from}`,
      }),
  });
  // What other nodes append is folded before it is asked for.
  if (store.isShared) store.onAppended((heads) => heads.forEach((head) => void writer.follow(head)));
  return {
    config,
    ...parts,
    snapshots,
    projector,
    cache,
    writer,
    clock,
    ids,
    findings,
    checkpoints,
    troubles,
  };
}

/** Each part names the variable that leads to it, for when it cannot be had. */
async function openParts(config: Config, troubles: Troubles, opened: Closable[]) {
  const keep = <Each extends Closable | null>(each: Each): Each => {
    if (each) opened.push(each);
    return each;
  };
  const store = await settingUp(groundOfEvents(config), async () =>
    keep(
      await openEventStore(config.eventStore, { signingKey: config.signingKey, onTrouble: troubles.note }),
    ),
  );
  const onReset = (reason: string) =>
    troubles.note({ what: 'read-models-made-anew', message: `the read models are made anew: ${reason}` });
  const ofReadModels = groundOfReadModels(config);
  const isEmbedded = config.readStore.engine === 'sqlite';
  const readStore = await settingUp(ofReadModels, async () => {
    const opened = keep(await openReadModelStore(config.readStore, { onReset }));
    if (!isEmbedded) await requirePartitions(opened, config.projectionPartitions);
    return opened;
  });
  const file = vaultFile(config);
  const vault = await settingUp(isEmbedded ? { setting: 'CAISSE_DATA', file } : ofReadModels, async () =>
    keep(await openVault(config.readStore, file)),
  );
  const counters = await settingUp(ofReadModels, async () => keep(await openRateCounters(config.readStore)));
  const turns = await settingUp(ofReadModels, async () => {
    const leases = store.isShared ? await openLeases(config.readStore) : null;
    return keep(leases && new Turns(leases, randomUUID()));
  });
  const signer = await settingUp(
    { setting: 'CAISSE_SIGNING_KEY', file: config.signingKey },
    () => new SignerKeyFile(config.signingKey),
  );
  const witness = await settingUp({ setting: 'CAISSE_WITNESS', file: config.witness }, () =>
    keep(new WitnessFile(config.witness)),
  );
  return { store, readStore, vault, counters, turns, signer, witness };
}

/** Lets what is under way finish, then closes in the order of dependence. */
export async function closeStores(opened: Opened): Promise<void> {
  await opened.writer.idle();
  await opened.turns?.close();
  await opened.projector.stop();
  await opened.snapshots.close();
  await opened.store.close();
  await opened.readStore.close();
  await opened.vault.close();
  await opened.counters?.close();
  await opened.witness.close();
  keepDiskReserve(opened.config.data);
}

const OPENED = Symbol('Opened');

@Injectable()
class Shutdown implements OnApplicationShutdown {
  constructor(private readonly opened: Opened) {}

  onApplicationShutdown(): Promise<void> {
    return closeStores(this.opened);
  }
}

@Global()
@Module({})
class StoresModule {
  static with(opened: Opened): DynamicModule {
    const tokens = [
      { provide: OPENED, useValue: opened },
      { provide: Shutdown, useFactory: () => new Shutdown(opened) },
      { provide: CONFIG, useValue: opened.config },
      { provide: EventStore, useValue: opened.store },
      { provide: ReadModelStore, useValue: opened.readStore },
      { provide: Vault, useValue: opened.vault },
      { provide: RateCounters, useValue: opened.counters },
      { provide: Witness, useValue: opened.witness },
      { provide: Signer, useValue: opened.signer },
      { provide: CheckpointSigner, useValue: opened.checkpoints },
      { provide: Projector, useValue: opened.projector },
      { provide: LedgerCache, useValue: opened.cache },
      { provide: LedgerWriter, useValue: opened.writer },
      { provide: Clock, useValue: opened.clock },
      { provide: Ids, useValue: opened.ids },
      { provide: StartFindings, useValue: opened.findings },
      { provide: Troubles, useValue: opened.troubles },
    ];
    return { module: StoresModule, providers: tokens, exports: tokens.map(({ provide }) => provide) };
  }
}

@Module({})
export class AppModule {
  static with(opened: Opened): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CqrsModule.forRoot(),
        StoresModule.with(opened),
        AccessModule,
        CompanyModule,
        RecordingModule,
        ProofModule,
        ReportsModule,
        ServiceModule,
      ],
    };
  }
}
