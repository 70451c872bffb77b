import type { RefusalCode, RefusalFacts } from '../../kernel/refusal';
import { binarySize, euros, frenchDay, percent, quoted } from './french';
import type { ProblemRow } from './problem-row';

/**
 * What each refusal of the ledger is over HTTP. 409: the ledger's state is in the way, the same request may pass
 * later or elsewhere; 422: the entry breaks a rule; 413: it is too large. Each detail says the way out.
 */
export const REFUSAL_PROBLEMS: Readonly<Record<RefusalCode, ProblemRow<RefusalFacts>>> = {
  'amount-not-positive': {
    status: 422,
    title: 'Le montant doit être positif',
    detail: ({ signed }) =>
      signed === true
        ? 'Un montant nul n’explique rien : indiquez ce qui a été gardé (positif) ou supporté (négatif).'
        : 'Le montant doit être supérieur à zéro. Un remboursement se saisit comme une vente à lignes négatives, une erreur se reprend par une correction.',
  },
  'amount-too-large': {
    status: 422,
    title: 'Le total devient trop grand',
    detail: () =>
      'Avec ce montant, un total dépasserait ce qui se compte au centime près : vérifiez les montants, qui sont en centimes.',
  },
  'batch-too-large': {
    status: 413,
    title: 'Le lot est trop volumineux',
    detail: ({ limit }) =>
      `Un lot indivisible est limité à ${binarySize(limit ?? 900 * 1024)} une fois enregistré : partagez-le, ou envoyez-le avec "atomic": false.`,
  },
  'cash-balance-negative': {
    status: 422,
    title: 'La caisse deviendrait négative',
    detail: ({ till, method, businessDate, missing }) =>
      `Il manquerait ${euros(missing)} en ${quoted(method)} dans la caisse ${quoted(till)} le ${frenchDay(businessDate)} : enregistrez d'abord les recettes ou l'apport qui manquent, ou corrigez le montant.`,
  },
  'category-required': {
    status: 422,
    title: 'Le bon à usage unique veut une catégorie et un taux',
    detail: () =>
      "Un bon à usage unique est taxé à sa vente : indiquez sa catégorie et son taux de TVA, ou vendez un bon à usages multiples (kind: 'multi-purpose').",
  },
  'cheque-already-remitted': {
    status: 409,
    title: 'Ce chèque est déjà sur une remise',
    detail: ({ bank, number }) =>
      `Le chèque ${quoted(number)} de ${quoted(bank)} figure déjà sur un bordereau : retirez-le de celui-ci, ou corrigez l'autre remise.`,
  },
  'comment-required': {
    status: 422,
    title: 'Un commentaire est nécessaire',
    detail: commentDetail,
  },
  'confirmation-exceeds-deposit': {
    status: 422,
    title: 'La banque confirmerait plus que le dépôt',
    detail: ({ inTransit, confirmed }) =>
      `${euros(confirmed)} sont confirmés, il ne reste que ${euros(inTransit)} en transit : vérifiez le montant et les frais, ou corrigez le dépôt.`,
  },
  'count-required': {
    status: 422,
    title: "La caisse n'a pas été comptée",
    detail: ({ till, businessDate, methods }) =>
      `Avant de clôturer le ${frenchDay(businessDate)}, comptez ${quoted(methods)} dans la caisse ${quoted(till)} : envoyez une écriture « count », puis la clôture.`,
  },
  'customer-credit-global': {
    status: 409,
    title: 'Le crédit client est tenu globalement',
    detail: () =>
      'Cette société tient le crédit en un seul montant : retirez le client, ou passez features.customerCredit à "detailed".',
  },
  'customer-erased': {
    status: 409,
    title: 'Ce client a été effacé',
    detail: () =>
      'Les données de ce client ont été effacées : il peut encore rembourser ce qu’il doit, mais un nouveau crédit demande un nouveau client.',
  },
  'date-required': {
    status: 422,
    title: 'La date est nécessaire',
    detail: () =>
      "Sans écriture d'origine, rien ne dit à quel jour la correction se rapporte : indiquez replacement.businessDate.",
  },
  'day-closed': {
    status: 409,
    title: 'La journée est clôturée',
    detail: ({ till, businessDate }) =>
      `Le ${frenchDay(businessDate)} est clôturé pour la caisse ${quoted(till)} et ne change plus : enregistrez dans une journée ouverte une écriture « correction » qui se rapporte à ce jour.`,
  },
  'day-fed-by-z': {
    status: 409,
    title: 'Cette journée est saisie par tickets Z',
    detail: ({ till, businessDate }) =>
      `Le ${frenchDay(businessDate)} de la caisse ${quoted(till)} est saisi par tickets Z, qui comprennent déjà les ventes : corrigez le Z en y ajoutant la vente, ou remplacez-le avant de saisir vente par vente.`,
  },
  'day-in-future': {
    status: 422,
    title: 'La journée est à venir',
    detail: ({ businessDate, tomorrow }) =>
      `Le ${frenchDay(businessDate)} est trop loin : le dernier jour accepté est le ${frenchDay(tomorrow)}. Vérifiez businessDate, occurredAt et l'horloge de la caisse.`,
  },
  'denominations-mismatch': {
    status: 422,
    title: 'Les coupures ne font pas le montant compté',
    detail: ({ total, amount }) =>
      `Les billets et pièces font ${euros(total)}, le montant compté est ${euros(amount)} : recomptez l'un ou l'autre.`,
  },
  'deposit-confirmed': {
    status: 409,
    title: 'La banque a déjà confirmé ce dépôt',
    detail: ({ deposit }) =>
      `Le dépôt ${quoted(deposit)} est confirmé : corrigez d'abord sa confirmation, puis le dépôt.`,
  },
  'deposit-settled': {
    status: 409,
    title: "Ce dépôt n'a plus rien en transit",
    detail: ({ deposit }) =>
      `Le dépôt ${quoted(deposit)} est entièrement confirmé : si la confirmation était fausse, corrigez-la.`,
  },
  'entry-already-corrected': {
    status: 409,
    title: 'Cette écriture est déjà corrigée',
    detail: ({ entry, correctedBy }) =>
      `L'écriture ${quoted(entry)} a été corrigée par ${quoted(correctedBy)} : corrigez cette correction.`,
  },
  'entry-not-correctable': {
    status: 422,
    title: 'Cette écriture ne se corrige pas',
    detail: ({ type }) =>
      `Une écriture de type ${quoted(type)} ne se corrige pas : enregistrez une correction sans corrects pour ce qui manquait, ou corrigez le mouvement en cause.`,
  },
  'entry-too-large': {
    status: 413,
    title: "L'écriture est trop volumineuse",
    detail: ({ limit }) =>
      `Une écriture est limitée à ${binarySize(limit ?? 64 * 1024)} : partagez-la en plusieurs, chacune avec son id.`,
  },
  'feature-disabled': {
    status: 409,
    title: 'Cette fonction est désactivée',
    detail: ({ feature }) =>
      `La fonction ${quoted(feature)} est désactivée pour cette société ce jour-là : un administrateur l'active dans les paramètres (features).`,
  },
  'idempotency-mismatch': {
    status: 409,
    title: 'Cet identifiant a déjà servi à autre chose',
    detail: ({ id }) =>
      `${id === undefined ? 'Cet identifiant' : `L'identifiant ${quoted(id)}`} a été reçu avec un autre contenu : renvoyez le même contenu, ou prenez un nouvel identifiant.`,
  },
  'ledger-exists': {
    status: 409,
    title: 'Cette société existe déjà',
    detail: () =>
      'Le livre de cette société est déjà ouvert : modifiez ses paramètres plutôt que de la créer à nouveau.',
  },
  'method-not-allowed': {
    status: 422,
    title: "Ce moyen de paiement n'est pas possible ici",
    detail: ({ method }) =>
      `Le moyen ${quoted(method)} ne peut pas servir à cet endroit : prenez-en un autre, ou retirez ce qui ne va pas avec lui.`,
  },
  'method-not-counted': {
    status: 422,
    title: "Ce moyen de paiement n'est pas compté",
    detail: ({ method }) =>
      `Le moyen ${quoted(method)} n'est pas compté à la clôture : son ouverture est son solde théorique. Retirez-le du comptage, ou déclarez d'abord ce moyen compté (counted) dans les paramètres.`,
  },
  'no-gap-to-explain': {
    status: 422,
    title: "Il n'y a pas d'écart à expliquer",
    detail: ({ businessDate }) =>
      `Les ventes et les paiements du ${frenchDay(businessDate)} concordent : un trop-perçu seul n'explique rien.`,
  },
  'opening-balances-late': {
    status: 409,
    title: 'La caisse a déjà servi',
    detail: () =>
      'Les soldes de départ se saisissent avant la première écriture : reprenez par des écritures ce qui était dû avant.',
  },
  'opening-balances-recorded': {
    status: 409,
    title: 'Les soldes de départ sont déjà saisis',
    detail: () =>
      'Les soldes de départ se saisissent une seule fois : reprenez une erreur par une correction.',
  },
  'opening-counted': {
    status: 409,
    title: "L'ouverture d'un jour suivant est déjà comptée",
    detail: ({ till, businessDate, counted }) =>
      `Le ${frenchDay(businessDate)} n'a pas été ouvert, et l'ouverture du ${frenchDay(counted)} de la caisse ${quoted(till)} est comptée : annulez ce comptage par une correction, saisissez et clôturez le jour oublié, puis comptez à nouveau.`,
  },
  'overpayment-exceeds-gap': {
    status: 422,
    title: "Le trop-perçu dépasse l'écart",
    detail: ({ gap, amount }) =>
      `L'écart à expliquer est de ${euros(gap)}, le trop-perçu de ${euros(amount)} : le trop-perçu va dans le même sens et ne le dépasse pas.`,
  },
  'previous-day-open': {
    status: 409,
    title: 'Une journée précédente est encore ouverte',
    detail: ({ businessDate }) =>
      `Clôturez d'abord le ${frenchDay(businessDate)} : les journées se clôturent dans l'ordre.`,
  },
  'repayment-exceeds-debt': {
    status: 422,
    title: 'Le remboursement dépasse la dette',
    detail: ({ owed, repaid }) =>
      `Le client doit ${euros(owed)} et rembourserait ${euros(repaid)} : réduisez le montant, ou déclarez le reste en overpayment.`,
  },
  'safe-has-no-sales': {
    status: 422,
    title: 'Le coffre ne fait pas de ventes',
    detail: () =>
      'Le coffre (safe) reçoit des comptages, des transferts et des dépôts : enregistrez cette écriture sur une caisse.',
  },
  'same-place': {
    status: 422,
    title: "L'origine et la destination sont les mêmes",
    detail: () => 'Un mouvement va d’un endroit à un autre : changez la caisse ou le moyen de paiement.',
  },
  'setting-not-valid': {
    status: 422,
    title: 'Ce paramètre ne convient pas',
    detail: settingDetail,
  },
  'slip-mismatch': {
    status: 422,
    title: 'Le bordereau ne fait pas le montant déposé',
    detail: ({ total, amount }) =>
      `Le bordereau fait ${euros(total)}, le dépôt ${euros(amount)} : corrigez l'un ou l'autre.`,
  },
  'till-exists': {
    status: 409,
    title: 'Ce code de caisse est déjà pris',
    detail: ({ till }) => `Le code ${quoted(till)} est pris ou réservé : choisissez-en un autre.`,
  },
  'till-not-open': {
    status: 409,
    title: "Cette journée n'est pas ouverte",
    detail: ({ till, businessDate }) =>
      `La caisse ${quoted(till)} n'a rien d'ouvert le ${frenchDay(businessDate)} : enregistrez d'abord un mouvement ou un comptage ce jour-là, ou vérifiez businessDate.`,
  },
  'till-required': {
    status: 422,
    title: 'La caisse est nécessaire',
    detail: () => 'Cette écriture appartient à une caisse : indiquez till.',
  },
  'training-not-available': {
    status: 422,
    title: "Le mode d'entraînement n'existe pas encore",
    detail: () => 'Retirez training : rien de ce qui est fictif n’entre dans un livre réel.',
  },
  'unbalanced-entry': {
    status: 422,
    title: 'Les paiements ne font pas le total',
    detail: unbalancedDetail,
  },
  'unknown-category': {
    status: 422,
    title: 'Catégorie inconnue',
    detail: ({ category }) =>
      `La catégorie ${quoted(category)} n'est pas dans les paramètres à cette date : prenez-en une autre, ou ajoutez-la (categories).`,
  },
  'unknown-customer': {
    status: 422,
    title: 'Client inconnu',
    detail: ({ customer }) =>
      `Le client ${quoted(customer)} n'existe pas dans cette société : créez-le d'abord, ou utilisez son id.`,
  },
  'unknown-deposit': {
    status: 422,
    title: 'Dépôt inconnu',
    detail: ({ deposit }) =>
      `Le dépôt ${quoted(deposit)} n'existe pas dans ce livre : indiquez l'id de son écriture.`,
  },
  'unknown-entry': {
    status: 422,
    title: 'Écriture inconnue',
    detail: unknownEntryDetail,
  },
  'unknown-expense-category': {
    status: 422,
    title: 'Catégorie de dépense inconnue',
    detail: ({ category }) =>
      `La catégorie de dépense ${quoted(category)} n'est pas dans les paramètres à cette date : prenez-en une autre, ou ajoutez-la (expenseCategories).`,
  },
  'unknown-method': {
    status: 422,
    title: 'Moyen de paiement inconnu',
    detail: ({ method }) =>
      `Le moyen ${quoted(method)} n'est pas dans les paramètres à cette date : prenez-en un autre, ou ajoutez-le (methods).`,
  },
  'unknown-till': {
    status: 422,
    title: 'Caisse inconnue',
    detail: ({ till }) =>
      `La caisse ${quoted(till)} n'existe pas dans cette société : vérifiez son code, ou ajoutez-la.`,
  },
  'unknown-vat-rate': {
    status: 422,
    title: 'Taux de TVA inconnu',
    detail: ({ vatRate }) =>
      `Le taux ${percent(vatRate)} n'est pas dans les paramètres à cette date (les taux sont en points de base : 550 pour 5,5 %).`,
  },
  'vat-not-consistent': {
    status: 422,
    title: 'Le hors-taxe et la TVA ne font pas le TTC',
    detail: ({ gross, net, vat }) =>
      `${euros(net)} hors taxe et ${euros(vat)} de TVA ne font pas ${euros(gross)} : corrigez-les, ou laissez net et vat de côté pour qu'ils soient calculés.`,
  },
  'voucher-exists': {
    status: 409,
    title: 'Ce bon existe déjà',
    detail: ({ voucher }) =>
      `Le code ${quoted(voucher)} désigne déjà un bon : donnez-en un autre au nouveau.`,
  },
  'voucher-expired': {
    status: 409,
    title: 'Ce bon a expiré',
    detail: ({ voucher, expiresOn }) =>
      `Le bon ${quoted(voucher)} a expiré le ${frenchDay(expiresOn)} : prenez un autre moyen de paiement.`,
  },
  'voucher-insufficient': {
    status: 409,
    title: 'Il ne reste pas assez sur ce bon',
    detail: ({ voucher, outstanding, missing }) =>
      outstanding === undefined
        ? `Il manque ${euros(typeof missing === 'number' ? Math.abs(missing) : missing)} sur le bon ${quoted(voucher)} : réduisez le montant et payez le reste autrement.`
        : `Il reste ${euros(outstanding)} sur le bon ${quoted(voucher)} : réduisez le montant et payez le reste autrement.`,
  },
  'voucher-not-applicable': {
    status: 409,
    title: 'Ce bon ne paie pas ces articles',
    detail: ({ voucher, category, vatRate }) =>
      `Le bon ${quoted(voucher)} ne paie que la catégorie ${quoted(category)} à ${percent(vatRate)} : payez le reste autrement.`,
  },
  'voucher-required': {
    status: 422,
    title: 'Le code du bon est nécessaire',
    detail: () =>
      'Indiquez de quel bon il s’agit (voucher) ou, pour des bons sans code, le montant (amount).',
  },
  'voucher-unknown': {
    status: 409,
    title: 'Bon inconnu',
    detail: ({ voucher }) =>
      `Le bon ${quoted(voucher)} n'a pas été vendu par cette société : vérifiez son code.`,
  },
  'voucher-used': {
    status: 409,
    title: 'Ce bon a déjà servi',
    detail: ({ voucher }) =>
      `Le bon ${quoted(voucher)} a servi depuis : corrigez d'abord les écritures qui l'ont utilisé.`,
  },
  'z-number-used': {
    status: 409,
    title: 'Ce numéro de Z est déjà enregistré',
    detail: ({ till, number }) =>
      `Le Z ${quoted(number)} de la caisse ${quoted(till)} est déjà enregistré : s'il était faux, corrigez-le et donnez le bon en remplacement.`,
  },
};

function commentDetail({ about, till, method, difference, gap }: RefusalFacts): string {
  if (about === 'difference')
    return `La caisse ${quoted(till)} a un écart de ${euros(difference)} en ${quoted(method)} : ajoutez un commentaire qui l'explique.`;
  if (about === 'ventilation')
    return `Il reste ${euros(gap)} d'écart entre les ventes et les paiements de la caisse ${quoted(till)} : expliquez-le par un trop-perçu, une correction ou un commentaire.`;
  if (about === 'z-mismatch')
    return `Le ticket Z de la caisse ${quoted(till)} ne concorde pas avec les ventes enregistrées : ajoutez un commentaire qui l'explique.`;
  return "Ajoutez un commentaire qui l'explique.";
}

function unknownEntryDetail({ pointer, till, businessDate }: RefusalFacts): string {
  if (pointer === '/about/entry')
    return "L'écriture que vous commentez n'existe pas dans ce livre : vérifiez son id.";
  if (pointer === '/till')
    return `L'écriture à corriger n'est pas de la caisse ${quoted(till)} : vérifiez son id, ou retirez till, puisque la correction suit l'original (replacement.till dit où va le remplacement).`;
  if (pointer === '/businessDate')
    return `Ni l'écriture à corriger ni sa correction ne sont du ${frenchDay(businessDate)} : vérifiez son id, ou retirez businessDate, puisque la correction suit l'original (replacement.businessDate dit où va le remplacement).`;
  return "L'écriture à corriger n'existe pas dans ce livre : vérifiez son id, ou retirez corrects s'il s'agit d'un oubli.";
}

function unbalancedDetail({ lines, payments, overpayment, missing }: RefusalFacts): string {
  if (typeof missing !== 'number')
    return 'Le détail ne fait pas le paiement qu’il décrit : corrigez l’un ou l’autre.';
  const parts = [
    lines === undefined ? '' : `Les lignes font ${euros(lines)}. `,
    payments === undefined ? '' : `Les paiements font ${euros(payments)}. `,
    typeof overpayment === 'number' && overpayment !== 0
      ? `Le trop-perçu déclaré est de ${euros(overpayment)}. `
      : '',
  ];
  const gap = missing > 0 ? `Il manque ${euros(missing)}` : `Il y a ${euros(-missing)} de trop`;
  return `${parts.join('')}${gap} : corrigez un montant, ou déclarez l'écart en overpayment.`;
}

const SETTING_REASONS: Readonly<Record<string, string>> = {
  'code-used-twice': 'Ce code sert deux fois : un code désigne une seule chose.',
  'unknown-vat-rate': "Ce taux n'est pas dans vatRates : ajoutez-le, ou changez celui de la catégorie.",
  'minimum-above-maximum': 'Le minimum de caisse dépasse le maximum : abaissez cashMin ou relevez cashMax.',
  'no-cash-method': 'Il faut un moyen de paiement en espèces (kind: "cash").',
  'kind-changed':
    'Le type (kind) d’un moyen de paiement ne change jamais, même après son retrait : reprenez le sien, ou choisissez un autre code.',
  'method-not-empty':
    'Ce moyen de paiement ne peut pas être retiré : il a encore un solde dans une caisse ou au coffre. Ramenez-le à zéro (dépôt, transfert, entrée ou sortie), ou gardez-le dans methods.',
};

function settingDetail({ reason, code, kind, till }: RefusalFacts): string {
  const sentence = SETTING_REASONS[String(reason)] ?? 'Ce paramètre contredit les autres : corrigez-le.';
  if (code === undefined) return sentence;
  const more = [
    kind === undefined ? '' : `, kind ${quoted(kind)}`,
    till === undefined ? '' : `, caisse ${quoted(till)}`,
  ];
  return `${sentence} (${quoted(code)}${more.join('')})`;
}
