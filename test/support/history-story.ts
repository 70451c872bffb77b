import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  changeSettings,
  eraseCustomer,
  recordOpeningBalances,
  registerCustomer,
  setBudget,
} from '../../src/ledger/company/change-company';
import { openCompany } from '../../src/ledger/company/open-company';
import {
  newCompanySchema,
  openingBalancesSchema,
  settingsChangeSchema,
} from '../../src/ledger/company/requests';
import type { LedgerDraft } from '../../src/ledger/events';
import { type Ledger, tillBalance } from '../../src/ledger/ledger';
import { cents } from '../../src/kernel/money';
import { CheckpointSigner, originOf } from '../../src/platform/checkpoints';
import { sha256Hex } from '../../src/platform/crypto';
import type { Outcome } from '../../src/platform/ledger-writer';
import type { StoredCheckpoint, StoredEvent } from '../../src/ports/event-store';
import { Signer } from '../../src/ports/signer';
import { type Desk, desk, toRecord } from './writer';

type Body = Readonly<Record<string, unknown>>;

const LEDGER = '0195a000-0000-7000-8000-000000000001';
const CASHIER = { id: 'u-eve', role: 'user', via: 'session' } as const;
const OWNER = { id: 'u-adam', role: 'admin', via: 'api-key' } as const;
const DUPONT = customerId(1);
const DURAND = customerId(2);
const FRIDAY = '2026-03-13';
const SATURDAY = '2026-03-14';
const SUNDAY = '2026-03-15';

/** The key that signs the story: known to everybody, and to be trusted by nobody. RFC 8032 §7.1, test 1. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';

class KnownSigner extends Signer {
  // A raw seed in its DER form is 16 bytes of frame and the seed (RFC 8410).
  private readonly privateKey: KeyObject = createPrivateKey({
    key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
  override readonly keyName = 'caisse-history';
  override readonly publicKey = new Uint8Array(
    createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' }).subarray(12),
  );
  override sign(message: Uint8Array): Uint8Array {
    return sign(null, message, this.privateKey);
  }
}

/** A ledger as a version has written it. */
export type Told = {
  readonly events: readonly StoredEvent[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** When the story ends. */
  readonly now: string;
};

/**
 * Three days of a bakery through the real writer: every type of entry and of event, each optional member somewhere.
 * Clock, ids and key are fixed, so that one version always writes the same bytes.
 */
export async function tellStory(): Promise<Told> {
  const story = new Story();
  await story.begin();
  await friday(story);
  await saturday(story);
  await sunday(story);
  return story.told();
}

async function friday(story: Story): Promise<void> {
  story.goTo(FRIDAY, '07:05');
  await story.enter({
    type: 'count',
    moment: 'opening',
    counts: [{ method: 'cash', amount: 150_50, denominations: { '2000': 7, '1000': 1, '50': 1 } }],
  });
  await story.enter({
    type: 'sale',
    occurredAt: '2026-03-13T08:38:00+01:00',
    reference: '150040',
    comment: 'commande de la mairie',
    source: { system: 'pos-a', sequence: 1 },
    customers: 2,
    lines: [
      {
        category: 'pain',
        label: 'Baguette “tradition”',
        quantity: 12,
        unitPrice: 1_20,
        gross: 14_40,
        vatRate: 550,
      },
      {
        category: 'boisson',
        label: 'Café',
        quantity: 1.5,
        unitPrice: 2_00,
        discount: 50,
        gross: 2_50,
        vatRate: 1000,
      },
    ],
    payments: [
      { method: 'cash', amount: 10_00 },
      { method: 'card', amount: 7_00 },
    ],
    overpayment: 10,
  });
  await story.sell({ cheque: 45_00 });
  await story.sell({ meal: 12_00 }, { lines: [{ category: 'snacking', gross: 12_00, vatRate: 1000 }] });
  await story.sell({ cash: -3_00 }, { comment: 'pain rassis' });
  await story.enter({
    type: 'sale',
    lines: [{ category: 'patisserie', gross: 40_00, vatRate: 550 }],
    payments: [{ method: 'credit', amount: 40_00, customer: DUPONT }],
  });
  await story.enter({
    type: 'sale',
    lines: [{ category: 'patisserie', gross: 5_00, vatRate: 550 }],
    payments: [{ method: 'credit', amount: 5_00 }],
  });
  await vouchers(story);
  await story.enter({
    type: 'credit-repayment',
    customer: DUPONT,
    payments: [{ method: 'cash', amount: 15_00 }],
  });
  await story.enter({
    type: 'expense',
    category: 'supplies',
    supplier: 'Quincaillerie du marché',
    gross: 12_00,
    vatRate: 2000,
    attachment: { name: 'ticket.pdf', sha256: sha256Hex('ticket') },
  });
  await story.enter({ type: 'cash-in', method: 'cash', amount: 100_00, reason: 'owner', label: 'monnaie' });
  // More than the till may hold: an alert, which the deposit clears.
  await story.sell({ cash: 400_00 });
  await story.enter({
    type: 'deposit',
    id: story.entryId('deposit'),
    method: 'cash',
    amount: 300_00,
    slip: { denominations: { '5000': 6 } },
    bankAccount: 'main',
  });
  await story.enter({
    type: 'deposit',
    method: 'cheque',
    amount: 45_00,
    slip: { cheques: [{ number: '0001', bank: 'Crédit du Nord', amount: 45_00 }] },
  });
  await story.enter({ type: 'cash-out', method: 'cash', amount: 20_00, reason: 'other' });
  await story.enter({ type: 'transfer', from: { method: 'card' }, to: { method: 'meal' }, amount: 2_00 });
  await story.enter({
    type: 'transfer',
    from: { method: 'cash' },
    to: { till: 'safe', method: 'cash' },
    amount: 50_00,
  });
  await story.sell({ cash: 100_00 }, { id: story.entryId('mistaken') });
  story.goTo(FRIDAY, '18:30');
  await story.countCash('T1', -20_00);
  await story.enter({ type: 'comment', about: 'difference', comment: 'un billet rendu deux fois' });
  await story.enter({ type: 'day-closure', businessDate: FRIDAY });
  await zTicket(story);
}

async function vouchers(story: Story): Promise<void> {
  const goods = (gross: number) => [{ category: 'pain', gross, vatRate: 550 }];
  await story.enter({
    type: 'voucher-sale',
    voucher: 'BUM-1',
    kind: 'multi-purpose',
    amount: 50_00,
    payments: [{ method: 'card', amount: 50_00 }],
    expiresOn: '2026-03-14',
  });
  await story.enter({
    type: 'voucher-sale',
    voucher: 'BUU-1',
    kind: 'single-purpose',
    amount: 20_00,
    category: 'pain',
    vatRate: 550,
    payments: [{ method: 'cash', amount: 20_00 }],
  });
  await story.enter({
    type: 'sale',
    lines: goods(8_00),
    payments: [{ method: 'cash', amount: 38_00 }],
    vouchersSold: [{ voucher: 'BUM-2', kind: 'multi-purpose', amount: 30_00 }],
  });
  await story.enter({
    type: 'sale',
    lines: goods(25_00),
    payments: [
      { method: 'voucher', voucher: 'BUU-1', amount: 15_00 },
      { method: 'cash', amount: 10_00 },
    ],
  });
  await story.enter({
    type: 'sale',
    lines: goods(9_00),
    payments: [{ method: 'voucher', voucher: 'OLD-1', amount: 9_00 }],
  });
  await story.enter({
    type: 'voucher-refund',
    voucher: 'BUM-1',
    amount: 10_00,
    payments: [{ method: 'cash', amount: 10_00 }],
  });
}

/** The second till, fed by Z-tickets: cash out before the Z, a Z that disagrees with itself and with its VAT. */
async function zTicket(story: Story): Promise<void> {
  const till = 'T2';
  await story.enter({
    till,
    businessDate: FRIDAY,
    type: 'cash-out',
    method: 'cash',
    amount: 100_00,
    reason: 'bank',
  });
  await story.enter({
    till,
    businessDate: FRIDAY,
    type: 'z-ticket',
    number: '412',
    source: { system: 'pos-b', sequence: 412 },
    salesCount: 20,
    customersCount: 25,
    categories: [
      { category: 'pain', vatRate: 550, gross: 160_00 },
      { category: 'boisson', vatRate: 1000, gross: 99_00, net: 89_00, vat: 10_00 },
    ],
    refunds: [{ category: 'pain', vatRate: 550, gross: 2_00 }],
    payments: [
      { method: 'cash', amount: 140_00 },
      { method: 'card', amount: 98_90 },
      { method: 'credit', amount: 10_00 },
      { method: 'voucher', amount: 25_00 },
    ],
    credits: [{ customer: DURAND, amount: 6_00 }],
    vouchersUsed: [{ voucher: 'BUM-2', amount: 5_00 }],
    vouchersSold: [{ voucher: 'BUM-3', kind: 'multi-purpose', amount: 15_00 }],
    overpayment: 10,
    operations: [
      { ticket: '1201', occurredAt: '2026-03-13T11:00:00Z', label: 'Traiteur', method: 'card', gross: 80_00 },
    ],
    perpetual: 1_234_567_00,
    firstTicket: '1190',
    lastTicket: '1209',
  });
  await story.enter({
    till,
    businessDate: FRIDAY,
    type: 'overpayment',
    amount: -15,
    comment: 'rendu en trop',
  });
  await story.enter({
    till,
    businessDate: FRIDAY,
    type: 'comment',
    about: 'ventilation',
    comment: 'arrondis',
  });
  story.goTo(FRIDAY, '18:50');
  await story.countCash(till, 0, FRIDAY);
  await story.enter({
    till,
    businessDate: FRIDAY,
    type: 'day-closure',
    comment: 'TVA relevée sur la caisse',
  });
}

async function saturday(story: Story): Promise<void> {
  story.goTo(SATURDAY, '07:00');
  await story.sell({ cash: 60_00, card: 40_00 });
  const open = await story.sell({ card: 11_00 });
  // What was cash was a card payment: the day before is closed and stays as it was counted.
  await story.enter({
    type: 'correction',
    corrects: story.entryId('mistaken'),
    reason: 'payée par carte',
    replacement: {
      type: 'sale',
      lines: [{ category: 'divers', gross: 100_00, vatRate: 2000 }],
      payments: [{ method: 'card', amount: 100_00 }],
    },
  });
  await story.enter({ type: 'correction', corrects: open, reason: 'tapée deux fois' });
  await story.enter({
    type: 'correction',
    reason: 'oubliée hier',
    replacement: {
      type: 'sale',
      till: 'T1',
      businessDate: FRIDAY,
      lines: [{ category: 'pain', gross: 4_00, vatRate: 550 }],
      payments: [{ method: 'cash', amount: 4_00 }],
    },
  });
  await story.record({
    type: 'deposit-confirmation',
    deposit: story.entryId('deposit'),
    amount: 297_00,
    fees: 2_00,
    final: true,
    businessDate: SATURDAY,
  });
  await story.record({ type: 'comment', about: { entry: open }, comment: 'vu avec Ève' });
  await story.record({ type: 'voucher-expiry', voucher: 'BUM-1' });
  // A control: the POS says one sale less than was recorded.
  await story.enter({
    type: 'z-ticket',
    number: '77',
    salesCount: 0,
    categories: [{ category: 'divers', vatRate: 2000, gross: 90_00 }],
    payments: [
      { method: 'cash', amount: 50_00 },
      { method: 'card', amount: 40_00 },
    ],
  });
  await story.change((ledger) => eraseCustomer(DURAND, ledger));
  story.goTo(SATURDAY, '19:00');
  await story.countCash('T1', 0);
  await story.enter({ type: 'day-closure', businessDate: SATURDAY, comment: 'contrôle à revoir' });
  await story.countCash('safe', 0, FRIDAY);
  await story.enter({ till: 'safe', type: 'day-closure', businessDate: FRIDAY });
}

async function sunday(story: Story): Promise<void> {
  story.goTo(SUNDAY, '08:00');
  await story.change((ledger, now) =>
    changeSettings(
      settingsChangeSchema.parse({
        thresholds: { cashMin: 30_00 },
        tills: [{ code: 'T2', name: 'Terrasse', feed: null }],
      }),
      ledger,
      now,
    ),
  );
  // More than the till may hold, and it stays: an alert that is open at the end.
  await story.sell({ cash: 16_50 });
  await story.sell({ cash: 2_00 }, { till: 'T2' });
}

function customerId(number: number): string {
  return `0195a000-0000-7000-8000-0000000000c${number}`;
}

/** Writes the story down. Each thing that happens is an append of its own, a second after the last. */
class Story {
  private readonly desk: Desk;
  private readonly signer = new KnownSigner();
  private readonly names = new Map<string, string>();
  private ids = 0;

  constructor() {
    this.desk = desk({ signer: this.signer });
  }

  async begin(): Promise<void> {
    this.goTo(FRIDAY, '06:30');
    const body = newCompanySchema.parse({
      name: 'Boulangerie Ève',
      siren: '552100554',
      address: '1 place du Marché, 75001 Paris',
      vatId: 'FR40552100554',
      nic: '00013',
      activityCode: '1071C',
      thresholds: { cashMin: 20_00, cashMax: 500_00, cashTarget: 150_00, difference: 1_00 },
      calendar: { closedWeekdays: [1], closed: ['2026-05-01'], open: ['2026-04-06'] },
      tills: [
        { code: 'T1', name: 'Caisse 1', opening: { cash: 150_00 } },
        { code: 'T2', feed: 'z-ticket', opening: { cash: 80_00 } },
      ],
    });
    const key = { origin: originOf(LEDGER), verifierKey: new CheckpointSigner(this.signer).verifierKey };
    const change = { request: this.request('company-creation'), decide: () => openCompany(body, key) };
    accept(await this.desk.writer.open(LEDGER, change, OWNER));
    for (const customer of [DUPONT, DURAND]) await this.change(() => registerCustomer(customer));
    await this.change((ledger, now) =>
      recordOpeningBalances(
        openingBalancesSchema.parse({
          date: '2026-03-01',
          customers: [{ customer: DURAND, amount: 7_00 }, { amount: 3_00 }],
          vouchers: [
            { voucher: 'OLD-1', kind: 'multi-purpose', amount: 25_00 },
            { kind: 'multi-purpose', amount: 40_00 },
          ],
        }),
        ledger,
        now,
      ),
    );
    await this.change(() => setBudget('2026-03', cents(12_000_00)));
  }

  goTo(day: string, time: string): void {
    this.desk.clock.instant = `${day}T${time}:00.000Z`;
  }

  /** The id of an entry that is spoken of later. */
  entryId(name: string): string {
    const id = this.names.get(name) ?? this.newId();
    this.names.set(name, id);
    return id;
  }

  /** Records an entry on T1, unless it names a till. Answers its id. */
  enter(body: Body): Promise<string> {
    return this.record({ till: 'T1', ...body });
  }

  /** Goods at 20 % paid by the given methods. */
  sell(payments: Readonly<Record<string, number>>, more: Body = {}): Promise<string> {
    const gross = Object.values(payments).reduce((total, amount) => total + amount, 0);
    return this.enter({
      type: 'sale',
      lines: [{ category: 'divers', gross, vatRate: 2000 }],
      payments: Object.entries(payments).map(([method, amount]) => ({ method, amount })),
      ...more,
    });
  }

  async countCash(till: string, difference: number, businessDate?: string): Promise<void> {
    const balance = await this.desk.writer.inspect(LEDGER, (ledger) => tillBalance(ledger, till, 'cash'));
    const counts = [{ method: 'cash', amount: balance + difference }];
    await this.record({ till, businessDate, type: 'count', counts });
  }

  async record(body: Body): Promise<string> {
    const id = typeof body.id === 'string' ? body.id : this.newId();
    const [outcome] = await this.desk.writer.record(LEDGER, [toRecord({ ...body, id })], CASHIER);
    accept(outcome);
    this.tick();
    return id;
  }

  async change(decide: (ledger: Ledger, now: string) => readonly LedgerDraft[]): Promise<void> {
    accept(await this.desk.writer.change(LEDGER, { request: this.request('change'), decide }, OWNER));
    this.tick();
  }

  async told(): Promise<Told> {
    const { store, clock } = this.desk;
    return {
      events: await store.read(LEDGER, 1, 1000),
      checkpoints: await store.checkpoints(LEDGER, 1, 1000),
      now: clock.instant,
    };
  }

  private request(type: string) {
    const id = this.newId();
    return { id, type, payloadHash: sha256Hex(`${type} ${id}`) };
  }

  private newId(): string {
    this.ids += 1;
    return `0195a000-0000-7000-8000-${String(this.ids).padStart(12, '0')}`;
  }

  private tick(): void {
    this.desk.clock.instant = new Date(Date.parse(this.desk.clock.instant) + 1_000).toISOString();
  }
}

function accept(outcome: Outcome | undefined): void {
  if (outcome?.status === 'refused') throw outcome.refusal;
}
