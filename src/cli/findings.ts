import type { VerificationCode, VerificationError, VerificationReport } from '../proof/verification';
import type { Paint } from './paint';

/** What each finding means, for a person. */
export const FINDINGS: Readonly<Record<VerificationCode, string>> = {
  'hash-mismatch': "le texte n'est pas celui qui a été scellé (empreinte différente)",
  'not-an-event': "cette ligne n'est pas un événement",
  'replaced-event': 'l’événement a été remplacé : le suivant est chaîné à une autre empreinte',
  'chain-broken': "l'événement n'est pas chaîné à celui qui le précède",
  'missing-event': 'événement manquant',
  'out-of-order': "l'événement n'est pas à sa place",
  'repeated-event': "l'événement figure deux fois",
  'not-canonical': "le texte n'est pas sous sa forme canonique (RFC 8785)",
  'unknown-event': "ce type d'événement est inconnu de cette version",
  schema: "les champs ne sont pas ceux de ce type d'événement",
  'other-ledger': "l'événement est d'un autre registre",
  'not-opened-first': "l'ouverture du registre n'est pas son premier événement, et lui seul",
  'till-number': 'numéro de caisse non consécutif',
  'document-number': 'numéro de pièce non consécutif',
  'entry-incomplete': "l'écriture est incomplète",
  'entry-recorded-twice': "l'identifiant de l'écriture a déjà servi à une autre",
  'postings-not-derived': "les mouvements ne sont pas ceux que les faits de l'événement donnent",
  'postings-not-balanced': 'la somme des mouvements n’est pas nulle',
  'voucher-overdrawn': 'le bon cadeau a payé plus qu’il ne valait',
  'deposit-overdrawn': 'la remise a été créditée au-delà de son montant',
  'correction-not-found': "la correction ne désigne pas d'écriture antérieure",
  'correction-not-reversed': "la contre-passation n'est pas celle de l'original",
  'corrected-twice': "l'opération est contre-passée deux fois",
  'given-back-not-derived': "ce que la correction rend n'est pas ce qu'un comptage avait déjà montré",
  'unknown-till': "la caisse n'a pas été ouverte",
  'till-opened-twice': 'la caisse est ouverte deux fois',
  'sealed-day-changed': 'une opération est enregistrée dans une journée clôturée',
  'cash-negative': 'le solde des espèces est négatif sur une ligne',
  'closure-order': "les journées ne sont pas clôturées dans l'ordre",
  'closure-methods': 'les soldes de la clôture ne correspondent pas aux mouvements',
  'closure-turnover': "le chiffre d'affaires de la clôture est faux",
  'closure-period': 'le total de la période est faux',
  'closure-perpetual': 'le grand total perpétuel est faux',
  'closure-counters': 'les compteurs de la clôture sont faux',
  'closure-gap': "l'écart de ventilation de la clôture est faux",
  'closure-journal': "les numéros d'ordre du journal sont faux",
  'balances-hash': 'les soldes scellés par la clôture ne sont pas ceux des événements',
  'key-malformed': 'la clé de signature du registre est illisible',
  'checkpoint-malformed': 'point de contrôle illisible, ou d’un autre registre',
  'checkpoint-root': 'le point de contrôle signé ne correspond pas aux événements',
  'checkpoint-signature': "la signature du point de contrôle n'est pas bonne",
  'tail-missing': 'des événements acquittés manquent à la fin',
  'tail-unsigned': 'aucune signature ne couvre ces derniers événements',
  'history-replaced': 'l’histoire n’est pas celle dont le témoin se souvient',
  'no-events': 'aucun événement',
};

export function findingLine({ sequence, code, detail }: VerificationError): string {
  return `  ${String(sequence).padStart(8)}  ${code} : ${FINDINGS[code]}${detail === '' ? '' : ` (${detail})`}`;
}

/** The report of one ledger, as lines for a person. */
export function reportLines(report: VerificationReport, paint: Paint): string[] {
  const { ledger, events, errors, moreErrors, unchecked, head, closures, checkpoints, verifierKey } = report;
  const isIntact = errors.length === 0;
  const verdict = isIntact ? paint.good('INTACT ') : paint.bad('ALTÉRÉ ');
  return [
    `${verdict} ${ledger} : ${events} événements, ${closures} clôtures, ${checkpoints} signatures`,
    `  tête ${head.sequence} ${head.hash}`,
    `  racine ${head.root}`,
    ...(verifierKey === '' ? [] : [`  clé ${verifierKey}`]),
    ...errors.map(findingLine),
    ...(moreErrors > 0 ? [`  … et ${moreErrors} autres`] : []),
    ...(unchecked.length > 0
      ? [
          `  clôtures invérifiables, puisqu'un événement dont elles dépendent est atteint : ${unchecked.join(', ')}`,
        ]
      : []),
  ];
}
