import { stringify } from 'csv-stringify';
import type { Readable } from 'node:stream';
import { drained } from '../platform/http/drained';
import type { JournalLineDto } from './journal.dto';

/** Amount in cents as a French spreadsheet reads it: `1234,50`. Nothing for nothing. */
export function euros(cents: number | null): string {
  if (cents === null) return '';
  const magnitude = Math.abs(cents);
  const fraction = String(magnitude % 100).padStart(2, '0');
  return `${cents < 0 ? '-' : ''}${Math.floor(magnitude / 100)},${fraction}`;
}

/** A text that a spreadsheet would run as a formula is shown as text (OWASP, CSV injection). */
export function plainText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

const JOURNAL_COLUMNS: readonly (readonly [string, (line: JournalLineDto) => string])[] = [
  ['Numéro', (line) => String(line.number)],
  ['Provisoire', (line) => (line.provisional ? 'oui' : 'non')],
  ['Journée', (line) => line.date],
  ['Date', (line) => line.day],
  ['Heure', (line) => line.time],
  ['Caisse', (line) => line.till],
  ['Pièce', (line) => line.document?.type ?? ''],
  ['N° de pièce', (line) => (line.document ? String(line.document.number) : '')],
  ['Libellé', (line) => plainText(line.label)],
  ['Moyen de paiement', (line) => line.method ?? ''],
  ['Recettes', (line) => euros(line.in === 0 && line.out !== 0 ? null : line.in)],
  ['Dépenses', (line) => euros(line.out === 0 ? null : line.out)],
  ['Solde', (line) => euros(line.balance)],
  [
    'TVA',
    (line) =>
      line.vat
        .map(({ vatRate, vat }) => `${vatRate / 100} % : ${euros(vat)}`)
        .join(' ; ')
        .replaceAll('.', ','),
  ],
  ['Opérateur', (line) => plainText(line.operator)],
  ['Écriture', (line) => line.entry ?? ''],
  ['Séquence', (line) => String(line.sequence)],
  ['Empreinte', (line) => line.hash],
];

/** The journal as CSV for a French spreadsheet: semicolons, decimal comma, UTF-8 with its mark, CRLF (RFC 4180). */
export function journalCsv(lines: AsyncIterable<JournalLineDto>): Readable {
  const csv = stringify({ delimiter: ';', bom: true, record_delimiter: 'windows' });
  void pour(lines, csv);
  return csv;
}

async function pour(lines: AsyncIterable<JournalLineDto>, csv: ReturnType<typeof stringify>): Promise<void> {
  try {
    csv.write(JOURNAL_COLUMNS.map(([title]) => title));
    for await (const line of lines) {
      if (csv.destroyed) return;
      const hasRoom = csv.write(JOURNAL_COLUMNS.map(([, read]) => read(line)));
      if (!hasRoom) await drained(csv);
    }
    csv.end();
  } catch (error) {
    csv.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
