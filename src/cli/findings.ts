import type { VerificationCode, VerificationError, VerificationReport } from '../proof/verification';

/** What each finding means, for a person. */
export const FINDINGS: Readonly<Record<VerificationCode, string>> = {
  'hash-mismatch': "le texte n'est pas celui qui a été scellé (empreinte différente)",
  'not-an-event': "cette ligne n'est pas un événement",
  'not-canonical': "le texte n'est pas sous sa forme canonique (RFC 8785)",
  'unknown-event': "ce type d'événement est inconnu de cette version",
  schema: "les champs ne sont pas ceux de ce type d'événement",
  'other-ledger': "l'événement est d'un autre registre",
  'chain-broken': "l'événement n'est pas chaîné à celui qui le précède",
  'missing-event': 'événement manquant',
  'out-of-order': "l'événement n'est pas à sa place",
  'repeated-event': "l'événement figure deux fois",
  'till-number': 'numéro de caisse non consécutif',
  'document-number': 'numéro de pièce non consécutif',
  'entry-incomplete': "l'écriture est incomplète",
  'postings-not-derived': "les mouvements ne sont pas ceux que les faits de l'événement donnent",
  'postings-not-balanced': 'la somme des mouvements n’est pas nulle',
  'correction-not-found': "la correction ne désigne pas d'écriture antérieure",
  'correction-not-reversed': "la contre-passation n'est pas celle de l'original",
  'balances-hash': 'les soldes scellés par la clôture ne sont pas ceux des événements',
  'checkpoint-malformed': 'point de contrôle illisible',
  'checkpoint-root': 'le point de contrôle signé ne correspond pas aux événements',
  'checkpoint-signature': "la signature du point de contrôle n'est pas bonne",
  'tail-missing': 'des événements acquittés manquent à la fin',
  'history-replaced': 'l’histoire n’est pas celle dont le témoin se souvient',
  'no-events': 'aucun événement',
  'closure-methods': 'la clôture ne correspond pas aux mouvements',
  'closure-turnover': "le chiffre d'affaires de la clôture est faux",
  'closure-period': 'le total de la période est faux',
  'closure-perpetual': 'le grand total perpétuel est faux',
  'closure-counters': 'les compteurs de la clôture sont faux',
  'closure-gap': "l'écart de ventilation de la clôture est faux",
  'closure-journal': "les numéros d'ordre du journal sont faux",
  'closure-order': "les journées ne sont pas clôturées dans l'ordre",
  'cash-negative': 'le solde des espèces est négatif sur une ligne',
  'sealed-day-changed': 'une opération est enregistrée dans une journée clôturée',
};

export function findingLine({ sequence, code, detail }: VerificationError): string {
  return `  ${String(sequence).padStart(8)}  ${code}: ${FINDINGS[code]}${detail === '' ? '' : ` (${detail})`}`;
}

/** The report of one ledger, as lines for a person. */
export function reportLines(report: VerificationReport): string[] {
  const { ledger, events, errors, moreErrors, head, closures, checkpoints } = report;
  const found = errors.length + moreErrors;
  return [
    `${found === 0 ? 'INTACT ' : 'ALTÉRÉ '} ${ledger}: ${events} événements, ${closures} clôtures, ${checkpoints} signatures`,
    `  tête ${head.sequence} ${head.hash}`,
    `  racine ${head.root}`,
    ...errors.map(findingLine),
    ...(moreErrors > 0 ? [`  … et ${moreErrors} autres`] : []),
  ];
}
