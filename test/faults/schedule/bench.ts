import { MongoClient } from 'mongodb';
import { type OwnServer, startOwnMongo } from '../../support/mongodb-server';
import { endServices, removeFolders } from '../../support/service';
import { Installation } from './installation';
import { type Attempt, withReruns } from './reruns';
import { run, type RunResult, sentenceOf } from './run';
import type { Family, Schedule } from './schedule';

type Used = { readonly installation: Installation; readonly firstSeed: number; runs: number };

/** Starting nodes costs more than a run: an installation serves so many of them before it is made anew. */
const MOST_RUNS = 25;

const PING_MS = 15_000;

/** The installations that runs of one process use, one of each family, and the MongoDB below them. */
export class Bench {
  private readonly used = new Map<Family, Used>();
  private mongo: Promise<OwnServer> | null = null;

  /** With the first seed that it served: what it has seen since is part of what a failure may come from. */
  private async installationFor({ family, seed }: Schedule): Promise<Used> {
    let used = this.used.get(family);
    if (used && used.runs >= MOST_RUNS) {
      await this.discard(family);
      used = undefined;
    }
    if (!used) {
      const mongo = family === 'servers' ? await (this.mongo ??= startOwnMongo('fault schedules')) : null;
      used = { installation: await Installation.open(family, mongo), firstSeed: seed, runs: 0 };
      this.used.set(family, used);
    }
    used.runs += 1;
    return used;
  }

  /** Runs a schedule on the installation that is there for it, again where MongoDB was gone. */
  run(schedule: Schedule): Promise<RunResult & { readonly firstSeed: number }> {
    return withReruns(
      schedule.seed,
      () => this.runOnce(schedule),
      (line) => process.stderr.write(`${line}\n`),
    );
  }

  /** An installation with findings is not used again, nor is a MongoDB that answers nobody. */
  private async runOnce(schedule: Schedule): Promise<Attempt<RunResult & { readonly firstSeed: number }>> {
    const { installation, firstSeed } = await this.installationFor(schedule);
    const result = await run(schedule, installation).catch((error: unknown) => endedBy(error, installation));
    if (result.findings.length === 0) return { ...result, firstSeed, isMongoLost: false };
    await this.discard(schedule.family);
    const isMongoLost = schedule.family === 'servers' && !(await this.isMongoAnswering());
    if (isMongoLost) {
      await (await this.mongo)?.stop();
      this.mongo = null;
    }
    return { ...result, firstSeed, isMongoLost };
  }

  private async isMongoAnswering(): Promise<boolean> {
    const server = await this.mongo;
    if (!server) return true;
    const client = new MongoClient(server.uri, {
      serverSelectionTimeoutMS: PING_MS,
      socketTimeoutMS: PING_MS,
    });
    try {
      await client.db('admin').command({ ping: 1 });
      return true;
    } catch {
      return false;
    } finally {
      await client.close(true);
    }
  }

  private async discard(family: Family): Promise<void> {
    const used = this.used.get(family);
    this.used.delete(family);
    await used?.installation.close();
  }

  async close(): Promise<void> {
    await this.discard('embedded');
    await this.discard('servers');
    await endServices();
    await (await this.mongo)?.stop();
    removeFolders();
  }
}

/** A run that did not come to its end found that. */
function endedBy(error: unknown, installation: Installation): RunResult {
  return {
    findings: [sentenceOf(error)],
    ofTheLedger: [],
    evidence: { outcomes: [], ledger: '' },
    logs: installation.logs(),
    counts: { acknowledged: 0, refused: 0, unknown: 0 },
  };
}
