import { unreachable } from '../src/kernel/unreachable';
import type { MovementFacts } from '../src/ledger/movements';
import type { RecordedEvent } from './projection';

/** Longest label in the journal; free text is cut there, the whole text stands in the event. */
const LONGEST = 120;

const REASONS: Readonly<Record<string, string>> = {
  owner: 'exploitant',
  bank: 'banque',
  safe: 'coffre',
  other: 'autre',
};

/** What the journal says of an event, in the words of the glossary. */
export function labelOf(event: RecordedEvent): string {
  if (event.type === 'MovementReversed')
    return cut(`Contre-passation : ${labelOfMovement(event.data.original)}`);
  if (event.type === 'DayClosed') return 'Clôture de la journée';
  if (event.type === 'TillCounted') return 'Comptage de clôture';
  if (event.type === 'CommentAdded') return cut(`Commentaire : ${event.data.comment}`);
  const label = labelOfMovement(event as unknown as MovementFacts);
  return cut(event.correction ? `Correction : ${label}` : label);
}

function labelOfMovement(movement: MovementFacts): string {
  switch (movement.type) {
    case 'SaleRecorded':
      return labelOfSale(movement.data);
    case 'ZTicketRecorded':
      return `Ticket Z n° ${movement.data.number}`;
    case 'ZTicketChecked':
      return `Ticket Z n° ${movement.data.number} (contrôle)`;
    case 'ExpensePaid':
      return joined('Dépense', movement.data.supplier ?? movement.data.category);
    case 'DepositMade':
      return 'Dépôt bancaire';
    case 'DepositConfirmed':
      return 'Crédit bancaire d’un dépôt';
    case 'CashPutIn':
      return joined('Apport', movement.data.label ?? REASONS[movement.data.reason]);
    case 'CashTakenOut':
      return joined('Sortie', movement.data.label ?? REASONS[movement.data.reason]);
    case 'MethodsTransferred':
      return `Transfert ${movement.data.from.method} → ${movement.data.to.method}`;
    case 'TransferSent':
      return `Transfert vers ${placeName(movement.data.to.till)}`;
    case 'TransferReceived':
      return `Transfert depuis ${placeName(movement.data.from.till)}`;
    case 'OverpaymentExplained':
      return 'Trop-perçu';
    case 'CreditRepaid':
      return 'Règlement de crédit-client';
    case 'VoucherSold':
      return joined('Vente de bon cadeau', movement.data.voucher);
    case 'VoucherRefunded':
      return joined('Remboursement de bon cadeau', codeOf(movement.data.voucher));
    case 'VoucherExpired':
      return joined('Bon cadeau expiré', codeOf(movement.data.voucher));
    case 'OpeningCounted':
      return 'Comptage d’ouverture';
    default:
      return unreachable(movement);
  }
}

function labelOfSale({
  lines,
  vouchersSold = [],
}: Extract<MovementFacts, { type: 'SaleRecorded' }>['data']): string {
  const names: string[] = [];
  let gross = 0;
  for (const line of lines) {
    gross += line.gross;
    const name = line.label ?? line.category;
    if (names.length < 3 && !names.includes(name)) names.push(name);
  }
  if (lines.length === 0 && vouchersSold.length > 0)
    return joined('Vente de bon cadeau', vouchersSold[0]?.voucher);
  return joined(gross < 0 ? 'Remboursement client' : 'Vente', names.join(', '));
}

function placeName(till: string): string {
  return till === 'safe' ? 'le coffre' : `la caisse ${till}`;
}

/** Vouchers that are not told apart have no code to show. */
function codeOf(voucher: string): string | undefined {
  return voucher === '-' ? undefined : voucher;
}

function joined(title: string, detail: string | undefined): string {
  return detail === undefined || detail === '' ? title : `${title} : ${detail}`;
}

/** Cuts between characters, never inside a surrogate pair. */
function cut(text: string): string {
  if (text.length <= LONGEST) return text;
  const short = text.slice(0, LONGEST - 1);
  return `${/[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short}…`;
}
